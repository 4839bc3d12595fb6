import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { without } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import { type Test, test } from 'tap'
import { parse } from 'yaml'
import { type Manifest, parseManifests, render, toTypeScript, validate } from '../src/kubernetes.ts'

const skip = without('kustomize')
const overlays = ['staging', 'production'] as const
const folder = (overlay: string) => join(root, 'docker/kubernetes/overlays', overlay)
const cloudRun = () => parseManifests(readFileSync(join(root, 'docker/cloud-run.yaml'), 'utf8'))

/** What the compiler says of the manifests' members and types; nothing where they are right. */
function typecheck(t: Test, manifests: Manifest[]): string {
  const compilerOptions = { noEmit: true, strict: true, skipLibCheck: true, module: 'nodenext', types: [] }
  const dir = t.testdir({
    'manifests.ts': toTypeScript(manifests),
    'tsconfig.json': JSON.stringify({ compilerOptions })
  })
  const tsc = join(root, 'tests/policy/node_modules/.bin/tsc')
  // Without the loaders that tap gives to each process, which this compiler can't be loaded with.
  const args = ['-u', 'NODE_OPTIONS', tsc, '--project', dir]
  const { stdout, stderr, status } = spawnSync('env', args, { encoding: 'utf8' })
  t.equal(stderr, '')
  t.equal(status === 0, stdout === '', 'the compiler ran')
  return stdout
}

const find = (manifests: Manifest[], kind: string): Manifest => {
  const found = manifests.find((manifest) => manifest.kind === kind)
  if (!found) throw new Error(`there is no ${kind}`)
  return found
}

for (const overlay of overlays) {
  test(`${overlay}: kustomize renders what Kubernetes' own schemas take`, { skip }, async (t) => {
    const manifests = await render(folder(overlay))
    t.strictSame(manifests.map(({ kind }) => kind).sort(), [
      'ConfigMap',
      'Deployment',
      'HorizontalPodAutoscaler',
      'Namespace',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount'
    ])
    for (const manifest of manifests) await t.resolves(validate(manifest), manifest.kind)
    t.equal(typecheck(t, manifests), '')
  })

  test(`${overlay}: the pod is what the restricted Pod Security Standard asks for`, { skip }, async (t) => {
    const manifests = await render(folder(overlay))
    const namespace = find(manifests, 'Namespace')
    t.equal(namespace.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted')
    for (const { kind, metadata } of manifests) {
      if (kind !== 'Namespace') t.equal(metadata.namespace, namespace.metadata.name, kind)
    }
    const { spec } = find(manifests, 'Deployment').spec.template
    for (const member of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers']) t.notOk(member in spec)
    t.strictSame(spec.securityContext, {
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      seccompProfile: { type: 'RuntimeDefault' }
    })
    for (const container of spec.containers) {
      t.strictSame(container.securityContext, {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true
      })
      for (const { hostPort } of container.ports) t.equal(hostPort, undefined)
    }
    t.equal(spec.automountServiceAccountToken, false)
  })

  test(`${overlay}: /mnt is the one place that can be written to, as the image has it`, {
    skip
  }, async (t) => {
    const { spec } = find(await render(folder(overlay)), 'Deployment').spec.template
    t.match(spec.volumes, [{ name: 'mnt', emptyDir: { sizeLimit: /^\d+Mi$/ } }])
    t.strictSame(spec.containers[0].volumeMounts, [{ name: 'mnt', mountPath: '/mnt' }])
    t.match(readFileSync(join(root, 'docker/Dockerfile'), 'utf8'), /HOME=\/mnt\/home[\s\S]*TMPDIR=\/mnt\/tmp/)
    t.equal(find(await render(folder(overlay)), 'ConfigMap').data.NOTIFICATIONS_DIR, '/mnt/notifications')
  })

  test(`${overlay}: every probe asks /__lbheartbeat__, and no backing service`, { skip }, async (t) => {
    const [container] = find(await render(folder(overlay)), 'Deployment').spec.template.spec.containers
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      t.strictSame(container[probe].httpGet, { path: '/__lbheartbeat__', port: 'http' }, probe)
    }
    t.match(container.ports, [{ name: 'http', containerPort: 8000 }])
    t.match(container.env, [{ name: 'PORT', value: '8000' }])
  })

  test(`${overlay}: the pod is killed only after it has drained and closed`, { skip }, async (t) => {
    const manifests = await render(folder(overlay))
    const { spec } = find(manifests, 'Deployment').spec.template
    const drainDelay = Number(find(manifests, 'ConfigMap').data.DRAIN_DELAY)
    const { periodSeconds, failureThreshold, timeoutSeconds } = spec.containers[0].readinessProbe
    t.ok(drainDelay >= (periodSeconds * failureThreshold + timeoutSeconds) * 1000, 'readiness notices')
    const lifecycle = readFileSync(join(root, 'plugins/lifecycle/README.md'), 'utf8')
    const closeTimeout = Number(/^\| `closeTimeout` +\| number +\| (\d+)/m.exec(lifecycle)?.[1])
    t.ok(spec.terminationGracePeriodSeconds * 1000 >= drainDelay + closeTimeout + 5000, 'time to spare')
  })

  test(`${overlay}: the parts fit together`, { skip }, async (t) => {
    const manifests = await render(folder(overlay))
    const { spec, metadata } = find(manifests, 'Deployment')
    const { labels } = spec.template.metadata
    const autoscaler = find(manifests, 'HorizontalPodAutoscaler')
    const config = find(manifests, 'ConfigMap')
    const selectors = [
      spec.selector.matchLabels,
      find(manifests, 'Service').spec.selector,
      find(manifests, 'PodDisruptionBudget').spec.selector.matchLabels,
      find(manifests, 'NetworkPolicy').spec.podSelector.matchLabels,
      ...spec.template.spec.topologySpreadConstraints.map(
        ({ labelSelector }: { labelSelector: { matchLabels: unknown } }) => labelSelector.matchLabels
      )
    ]
    for (const selector of selectors) t.match(labels, selector)
    t.equal(selectors.length, 6)
    t.match(autoscaler.spec.scaleTargetRef, { kind: 'Deployment', name: metadata.name })
    t.notOk('replicas' in spec, 'the autoscaler has that')
    t.ok(autoscaler.spec.minReplicas < autoscaler.spec.maxReplicas)
    const [container] = spec.template.spec.containers
    t.equal(container.envFrom[0].configMapRef.name, config.metadata.name)
    t.match(config.metadata.name, /^demo-[a-z0-9]{10}$/, 'a change of it rolls the Deployment')
    t.equal(spec.template.spec.serviceAccountName, find(manifests, 'ServiceAccount').metadata.name)
    t.match(container.image, /\.pkg\.dev\/.+(:(?!latest)[\w.-]+|@sha256:[0-9a-f]{64})$/)
    t.match(container.resources, {
      requests: { cpu: String, memory: String },
      limits: { memory: String }
    })
    t.strictSame(find(manifests, 'NetworkPolicy').spec.policyTypes, ['Ingress', 'Egress'])
    for (const rule of [
      ...find(manifests, 'NetworkPolicy').spec.ingress,
      ...find(manifests, 'NetworkPolicy').spec.egress
    ]) {
      t.ok(rule.ports.length > 0 && (rule.from ?? rule.to).length > 0, 'no rule is for all the world')
    }
  })
}

test('production starts only with its Secret, and on more than one replica', { skip }, async (t) => {
  const manifests = await render(folder('production'))
  const [container] = find(manifests, 'Deployment').spec.template.spec.containers
  t.strictSame(container.envFrom[1], { secretRef: { name: 'demo', optional: false } })
  t.ok(find(manifests, 'HorizontalPodAutoscaler').spec.minReplicas >= 3)
})

test("on GKE, Google's load balancer asks /__lbheartbeat__ of the pods, by Gateway or Ingress", {
  skip
}, async (t) => {
  const manifests = await render(folder('gke'))
  const added = ['BackendConfig', 'Gateway', 'HTTPRoute', 'HealthCheckPolicy'].map((kind) =>
    find(manifests, kind)
  )
  for (const manifest of manifests) await t.resolves(validate(manifest), manifest.kind)
  t.equal(typecheck(t, manifests), '')
  const [config, gateway, route, policy] = added as [Manifest, Manifest, Manifest, Manifest]
  for (const { kind, metadata } of added) {
    t.equal(metadata.namespace, 'demo-production', kind)
    t.match(metadata.labels, { 'app.kubernetes.io/name': 'demo', 'app.kubernetes.io/part-of': 'dockerflow' })
  }

  const service = find(manifests, 'Service')
  const { spec } = find(manifests, 'Deployment').spec.template
  const { httpHealthCheck } = policy.spec.default.config
  for (const check of [httpHealthCheck, config.spec.healthCheck]) {
    t.equal(check.requestPath, '/__lbheartbeat__')
    t.equal(check.port, spec.containers[0].ports[0].containerPort, 'the port of the pod, not of the Service')
  }
  t.match(policy.spec.targetRef, { kind: 'Service', name: service.metadata.name })
  t.strictSame(JSON.parse(service.metadata.annotations['cloud.google.com/backend-config']), {
    default: config.metadata.name
  })
  t.equal(route.spec.parentRefs[0].name, gateway.metadata.name)
  t.strictSame(route.spec.rules[0].backendRefs, [
    { name: service.metadata.name, port: service.spec.ports[0].port }
  ])

  // The load balancer stops sending before the pod stops answering.
  const drainDelay = Number(find(manifests, 'ConfigMap').data.DRAIN_DELAY)
  for (const { checkIntervalSec, timeoutSec, unhealthyThreshold } of [
    policy.spec.default,
    config.spec.healthCheck
  ])
    t.ok((checkIntervalSec * unhealthyThreshold + timeoutSec) * 1000 <= drainDelay)
})

test("the values for Mozilla's chart are what the manifests of production say", { skip }, async (t) => {
  const values = parse(readFileSync(join(root, 'docker/kubernetes/values-mozcloud.yaml'), 'utf8'))
  const { configMaps, preview, workloads } = values.mozcloud
  const { demo } = workloads
  const container = demo.containers.demo
  const manifests = await render(folder('production'))
  const { spec } = find(manifests, 'Deployment').spec.template
  const [ours] = spec.containers

  t.equal(container.port, 8000)
  t.equal(container.port, ours.ports[0].containerPort)
  t.strictSame(container.security, { user: 10001, group: 10001 })
  for (const name of ['liveness', 'readiness']) {
    const { httpGet, ...probes } = ours[`${name}Probe`]
    t.equal(container.healthCheck[name].path, '/__lbheartbeat__')
    t.equal(container.healthCheck[name].path, httpGet.path)
    t.match(container.healthCheck[name].probes, probes, name)
  }
  t.equal(demo.hosts.demo.options.healthCheck.path, '/__lbheartbeat__')
  t.match(preview.endpointCheck, { enabled: true, checkPath: '__heartbeat__' })
  t.equal(demo.terminationGracePeriodSeconds, spec.terminationGracePeriodSeconds)
  t.equal(container.resources.cpu, ours.resources.requests.cpu)
  t.equal(container.resources.memory, ours.resources.limits.memory)
  t.match(container.volumes, [{ type: 'emptyDir', path: '/mnt', sizeLimit: '64Mi' }])
  for (const [name, value] of Object.entries(find(manifests, 'ConfigMap').data))
    t.equal(String(configMaps.demo.data[name]), value, name)
  const autoscaler = find(manifests, 'HorizontalPodAutoscaler').spec
  t.strictSame(demo.autoscaling.replicas, { min: autoscaler.minReplicas, max: autoscaler.maxReplicas })
  t.equal(demo.autoscaling.metrics[0].threshold, autoscaler.metrics[0].resource.target.averageUtilization)
  t.equal(container.envFromFields.STATSD_HOST, 'status.hostIP')
})

test('the Cloud Run service is what the schema takes, and asks /__lbheartbeat__', async (t) => {
  const manifests = cloudRun()
  for (const manifest of manifests) await t.resolves(validate(manifest))
  t.equal(typecheck(t, manifests), '')
  const { spec } = find(manifests, 'Service').spec.template
  for (const probe of ['startupProbe', 'livenessProbe']) {
    t.strictSame(spec.containers[0][probe].httpGet, { path: '/__lbheartbeat__', port: 8000 }, probe)
  }
  t.strictSame(spec.containers[0].ports, [{ name: 'http1', containerPort: 8000 }])
  // Cloud Run refuses a service that sets it.
  t.notOk(spec.containers[0].env.some(({ name }: { name: string }) => name === 'PORT'))
})

const deployment = () =>
  find(
    parseManifests(readFileSync(join(root, 'docker/kubernetes/base/deployment.yaml'), 'utf8')),
    'Deployment'
  )

test('everything has the labels that Kubernetes recommends', { skip }, async (t) => {
  for (const manifest of await render(folder('gke'))) {
    const labels = {
      'app.kubernetes.io/name': 'demo',
      'app.kubernetes.io/component': 'web',
      'app.kubernetes.io/part-of': 'dockerflow',
      'app.kubernetes.io/managed-by': 'kustomize'
    }
    t.match(manifest.metadata.labels, manifest.kind === 'Namespace' ? {} : labels, manifest.kind)
    if (manifest.kind === 'Deployment') t.match(manifest.spec.template.metadata.labels, labels)
  }
})

test('a manifest with a wrong value, or without what it must have, is refused', async (t) => {
  await t.resolves(validate(deployment()))
  const wrong = deployment()
  wrong.spec.template.spec.containers[0].ports[0].containerPort = 'http'
  await t.rejects(validate(wrong), { message: /containerPort/ })
  const missing = deployment()
  delete missing.spec.selector
  await t.rejects(validate(missing), { message: /selector/ })
})

test('a manifest with a member that there is none of is refused', async (t) => {
  const unknown = deployment()
  unknown.spec.template.spec.containers[0].readinesProbe = {}
  t.match(typecheck(t, [unknown]), /"readinesProbe"' does not exist/)
})

import rule from '../../src/rules/ci-4.ts'
import { judges, repository } from '../judge.ts'

const steps = (text: string) =>
  repository({ '.github/workflows/ci.yml': `on: push\njobs:\n  ship:\n    steps:\n${text}` })

judges(rule, {
  good: {
    'Artifact Registry': steps('      - run: docker push europe-west1-docker.pkg.dev/p/r/shop\n'),
    'Docker Hub by the action': steps(
      '      - uses: docker/login-action@v3\n        with: { username: me }\n      - run: docker push me/shop\n'
    ),
    'Docker Hub by name': steps('      - run: docker push docker.io/me/shop\n')
  },
  bad: {
    GitHub: [steps('      - run: docker push ghcr.io/me/shop\n'), /ghcr\.io: expected Docker Hub/, 5],
    Amazon: [
      steps('      - run: skopeo copy oci:a docker://123.dkr.ecr.eu-west-1.amazonaws.com/shop\n'),
      /ecr/
    ]
  },
  unclear: {
    'a variable': steps('      - run: docker push "$IMAGE"\n'),
    'nothing is published': steps('      - run: docker build .\n')
  }
})

/** A file, folder or link of an image, as the last layer that has it left it. */
export interface ImageFile {
  type: 'file' | 'folder' | 'link' | 'other'
  /** Digest of the layer that it is in. */
  layer: string
  /** Permission bits, setuid and setgid among them. */
  mode: number
  uid: number
  gid: number
  size: number
  /** Where a link leads, as it is written. */
  link: string | undefined
}

/** What a container of the image is started with. */
export interface ImageConfig {
  user: string
  entrypoint: string[]
  cmd: string[]
  env: Map<string, string>
  workdir: string
  /** Such as `8000/tcp`. */
  exposed: string[]
  labels: Map<string, string>
  /** The commands that made it, as the builder wrote them down. */
  history: string[]
  stopSignal: string | undefined
}

/** An image for one platform. */
export interface ImageFacts {
  /** As it is shown to people: the target, and the platform where there are several. */
  name: string
  /** Such as `linux/amd64`. */
  platform: string
  /** Of its manifest, or of its configuration where the archive has no manifest with a digest. */
  digest: string
  config: ImageConfig
  /** Digests of the layers, lowest first. */
  layers: string[]
  /** Bytes of all files that can be seen. */
  size: number
  /** By absolute path. */
  files: Map<string, ImageFile>
  /** What is in the files that a rule reads, by absolute path. */
  contents: Map<string, Buffer>
  /** Files that hold a secret by their name or contents, in any layer, also where a later one deletes them. */
  secrets: { layer: string; path: string; what: string }[]
}

/** An archive or layout as a whole. */
export interface ImageSet {
  name: string
  images: ImageFacts[]
  /** Platforms that the index lists, and what is missing or wrong of each. */
  platforms: { platform: string; digest: string; faults: string[] }[]
  /** SBOM and provenance that the index holds; undefined where its format can't hold any. */
  attestations: { subject: string; predicates: string[] }[] | undefined
}

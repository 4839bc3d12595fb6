import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { docker } from './engine.ts'

/** Which of the strings are anywhere in an image: in its layers, its configuration or its history. */
export async function found(image: string, ...strings: string[]): Promise<string[]> {
  const save = spawn('docker', ['save', image], { stdio: ['ignore', 'pipe', 'inherit'] })
  const patterns = strings.map((text) => `--regexp=${text}`)
  const options = ['--text', '--only-matching', '--no-filename', '--fixed-strings']
  const grep = spawn('grep', [...options, ...patterns], { stdio: [save.stdout, 'pipe', 'inherit'] })
  const lines = new Set<string>()
  for await (const line of createInterface(grep.stdout)) lines.add(line)
  return [...lines]
}

/** The entries of an image's layer, sorted, `.wh.…` for what it deletes. `folder` is for the archive of the image. */
export async function entriesOf(image: string, layer: number, folder: string): Promise<string[]> {
  const archive = join(folder, 'image.tar')
  await docker('save', `--output=${archive}`, image)
  const options = { maxBuffer: 1e9 }
  const [{ Layers }] = JSON.parse(String(execFileSync('tar', ['-xOf', archive, 'manifest.json'], options)))
  const input = execFileSync('tar', ['-xOf', archive, Layers[layer]], options)
  return String(execFileSync('tar', ['-t'], { ...options, input }))
    .split('\n')
    .sort()
}

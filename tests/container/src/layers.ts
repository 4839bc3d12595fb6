import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

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

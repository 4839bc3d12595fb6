/** The parts of a report, by what a rule's id begins with. */
export const SECTIONS: [prefix: string, title: string][] = [
  ['CI', 'Building and testing'],
  ['APP', 'The app in its container'],
  ['IMG', 'The Dockerfile'],
  ['OPT', 'Recommendations'],
  ['DOC', 'The documents of the specification'],
  ['K8S', 'Kubernetes'],
  ['L16', 'The older document, of 2016'],
  ['MOD', 'The Modulus standard'],
  ['X', 'Beyond the specification']
]

export const prefixOf = (id: string) => id.slice(0, id.indexOf('-'))

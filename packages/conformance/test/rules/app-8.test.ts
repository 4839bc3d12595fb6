import rule from '../../src/rules/app-8.ts'
import { judges, service } from '../judge.ts'

const page = (html: string, more = {}) =>
  service({ '/__lbheartbeat__': [200], '/': [200, html, { 'content-type': 'text/html' }], ...more })

judges(rule, {
  good: {
    'a page with its files': page('<link rel="stylesheet" href="/a.css"><script src=b.js></script>', {
      '/a.css': [200],
      '/b.js': [200]
    })
  },
  bad: {
    'a missing file': [page('<script src="/b.js"></script>'), /answers 404: expected 200/],
    'a path that leads out': [
      service({
        '/__lbheartbeat__': [200],
        '/static/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd': [200, 'root:x:0:0:root:/root:/bin/sh\n']
      }),
      /leads out of the static files/
    ]
  },
  unclear: {
    'no page': service({ '/__lbheartbeat__': [200] }),
    'files of others': page('<img src="https://cdn.example.org/a.png"><script src="data:,a">'),
    'no files': page('<p>')
  }
})

"""The file exchange with the zone where My Numbers are used: serial lists in, verdicts out, no connection.

Each tenant has a folder with `in`, `out`, `done` and `refused`; `work` is ours. A file NAME.csv is taken from `in`
when NAME.csv.ready lies beside it, or when the file system has seen no change of it for a minute: so that half a
copy is not taken. The answer is NAME.result.csv, NAME.manifest.json with the SHA-256 of question and answer, and
NAME.manifest.jws, the manifest signed by the tenant, which comes last: who fetches waits for it.
"""

"""Validates a dataset's croissant.json and reads all its records, as mlcroissant does. Prints rows by record set."""

import json
import sys

import mlcroissant as mlc

dataset = mlc.Dataset(jsonld=f"{sys.argv[1]}/croissant.json")
issues = dataset.metadata.ctx.issues
rows = {
    record_set.uuid: sum(1 for _ in dataset.records(record_set=record_set.uuid))
    for record_set in dataset.metadata.record_sets
}
json.dump({"errors": sorted(issues.errors), "warnings": sorted(issues.warnings), "rows": rows}, sys.stdout)

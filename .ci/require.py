"""Fails unless a run's test accuracy reaches a bound."""

import json
import sys

path, bound = sys.argv[1], float(sys.argv[2])
with open(path, encoding="utf-8") as file:
    result = json.load(file)
accuracy = result["test_accuracy"]
print(f"{result['dataset']}: test accuracy {accuracy:.4f}, needed {bound}")
sys.exit(accuracy < bound)

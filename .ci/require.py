"""Fails unless the test accuracy of a run reaches a bound.

python .ci/require.py RUN_DIR/result.json BOUND
"""

import json
import sys

path, bound = sys.argv[1], float(sys.argv[2])
with open(path, encoding="utf-8") as file:
    result = json.load(file)
accuracy = result["test_accuracy"]
print(f"{result['dataset']}: test accuracy {accuracy:.4f}, required {bound}")
sys.exit(accuracy < bound)

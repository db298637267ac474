"""The species of three irises, asked over HTTP with JSON. Needs: pip install requests"""

import sys

import requests

server = sys.argv[1] if len(sys.argv) > 1 else "localhost:8000"
flowers = [[5.1, 3.5, 1.4, 0.2], [6.4, 3.2, 4.5, 1.5], [6.7, 3.0, 5.2, 2.3]]

request = {"inputs": [{"name": "features", "datatype": "FP32", "shape": [len(flowers), 4], "data": flowers}]}
response = requests.post(f"http://{server}/v2/models/iris/infer", json=request, timeout=10)
if response.status_code != 200:
    sys.exit(f"{response.status_code}: {response.json()['error']}")

outputs = {output["name"]: output["data"] for output in response.json()["outputs"]}
for i, label in enumerate(outputs["label"]):
    probabilities = outputs["probabilities"][3 * i : 3 * i + 3]  # data is flat: three numbers a flower
    print(f"{label} {max(probabilities):.3f}")

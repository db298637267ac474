"""The species of three irises, asked over HTTP. Needs: pip install tritonclient[http]"""

import sys

import numpy as np
import tritonclient.http as triton

server = sys.argv[1] if len(sys.argv) > 1 else "localhost:8000"
flowers = np.array([[5.1, 3.5, 1.4, 0.2], [6.4, 3.2, 4.5, 1.5], [6.7, 3.0, 5.2, 2.3]], dtype=np.float32)

features = triton.InferInput("features", list(flowers.shape), "FP32")
features.set_data_from_numpy(flowers)

client = triton.InferenceServerClient(url=server)
result = client.infer("iris", inputs=[features])
client.close()

labels = result.as_numpy("label").reshape(-1)  # of shape [3, 1]: strings arrive as bytes
probabilities = result.as_numpy("probabilities")  # [3, 3]
for label, row in zip(labels, probabilities):
    print(f"{label.decode()} {row.max():.3f}")

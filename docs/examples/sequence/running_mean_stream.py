"""The running means of two sensors, over one stream. Needs: pip install tritonclient[grpc]"""

import queue
import sys

import numpy as np
import tritonclient.grpc as triton

server = sys.argv[1] if len(sys.argv) > 1 else "localhost:8001"
sensors = {1: [20.0, 21.0, 25.0], 2: [3.0, 5.0, 4.0]}
results = queue.Queue()

client = triton.InferenceServerClient(url=server)
client.start_stream(callback=lambda result, error: results.put((result, error)))
for step in range(3):
    for sensor, values in sensors.items():
        value = triton.InferInput("VALUE", [1, 1], "FP32")
        value.set_data_from_numpy(np.array([[values[step]]], dtype=np.float32))
        client.async_stream_infer(
            "running_mean",
            inputs=[value],
            request_id=f"sensor {sensor}, value {step + 1}",
            sequence_id=sensor,
            sequence_start=step == 0,
            sequence_end=step == 2,
        )
client.stop_stream()  # waits for the answers
client.close()

means = {}
while not results.empty():
    result, error = results.get()
    if error:
        sys.exit(str(error))
    means[result.get_response().id] = result.as_numpy("MEAN")[0][0]
for request, mean in sorted(means.items()):
    print(f"{request}: {mean:.1f}")

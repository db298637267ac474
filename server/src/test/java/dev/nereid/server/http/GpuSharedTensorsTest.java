package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedClientMemory;
import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.LogSettings;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.sharedmemory.SharedMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inference over HTTP whose tensors lie in memory of GPUs, of which two are emulated here. */
@Tag("cuda")
class GpuSharedTensorsTest {
    private static final int SIZE = 256;

    @TempDir
    private Path root;

    @TempDir
    private Path objects;

    private EmulatedCuda cuda;
    private EmulatedClientMemory client;
    private SharedMemory shared;
    private TestServer server;

    @BeforeEach
    void start() {
        cuda = EmulatedCuda.find("shared memory of GPUs").orElseGet(() -> Assumptions.abort("no emulated GPU"));
        TestServer.writeIdentity(root, "strings", "STRING");
        writeSum("on_cpu", "KIND_CPU");
        writeSum("on_gpu", "KIND_GPU gpus: 0");
        client = EmulatedClientMemory.allocate(0, SIZE);
        shared = SharedMemory.in(objects, cuda.devices());
        server = TestServer.start(
                root,
                List.of(new IdentityBackend(), new PlanBackend(KernelSet.scalar(), new WorkerPool(1), cuda.devices())),
                new Extensions(
                        shared, new LogSettings(LogConfig.DEFAULT, _ -> {}), new TraceSettings(TraceConfig.NONE)));
    }

    private void writeSum(String name, String kind) {
        TestServer.write(root, name, """
                backend: "onnxruntime"
                max_batch_size: 8
                input [ { name: "A" data_type: TYPE_FP32 dims: 2 }, { name: "B" data_type: TYPE_FP32 dims: 2 } ]
                output [ { name: "SUM" data_type: TYPE_FP32 dims: 2 } ]
                instance_group [ { kind: %s } ]
                """.formatted(kind));
        GraphWriter.addition(2).write(root.resolve(name).resolve("1"));
    }

    @AfterEach
    void everythingIsGivenBack() {
        if (cuda != null) {
            server.close();
            assertThat(server.usedBytes()).isZero();
            shared.close();
            client.close();
            assertThat(cuda.opened()).isZero();
            assertThat(cuda.used(0)).isZero();
        }
    }

    private RawClient.Answer call(String method, String path, String body) {
        try (RawClient http = server.connect()) {
            return http.send(method, path, body.getBytes(StandardCharsets.UTF_8))
                    .receive();
        }
    }

    private RawClient.Answer register(String name, String fields) {
        return call("POST", "/v2/cudasharedmemory/region/" + name + "/register", "{" + fields + "}");
    }

    private String handle() {
        return "\"raw_handle\":{\"b64\":\"" + Base64.getEncoder().encodeToString(client.handle()) + "\"}";
    }

    private void registered(String name) {
        RawClient.Answer answer = register(name, handle() + ",\"device_id\":0,\"byte_size\":" + SIZE);
        assertThat(answer.text()).isEmpty();
        assertThat(answer.status()).isEqualTo(200);
    }

    private static String place(long offset, long bytes) {
        return "\"parameters\":{\"shared_memory_region\":\"g\",\"shared_memory_offset\":" + offset
                + ",\"shared_memory_byte_size\":" + bytes + "}";
    }

    private RawClient.Answer sum(String model, String b, long outputBytes) {
        return call(
                "POST",
                "/v2/models/" + model + "/infer",
                "{\"inputs\":[{\"name\":\"A\",\"datatype\":\"FP32\",\"shape\":[1,2]," + place(8, 8)
                        + "},{\"name\":\"B\",\"datatype\":\"FP32\",\"shape\":[1,2]," + b
                        + "}],\"outputs\":[{\"name\":\"SUM\"," + place(128, outputBytes) + "}]}");
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    @Test
    void readsInputsAndWritesOutputsOfModelsOnCpusAndGpus() {
        registered("g");
        client.put(8, floats(1, 2));
        client.put(16, floats(30, 40));
        for (String model : List.of("on_cpu", "on_gpu")) {
            client.put(128, new byte[8]);
            RawClient.Answer both = sum(model, place(16, 8), 8);
            assertThat(both.text()).contains("{\"name\":\"SUM\",\"datatype\":\"FP32\",\"shape\":[1,2]}");
            assertThat(client.get(128, 8)).as(model).isEqualTo(floats(31, 42));
            assertThat(sum(model, "\"data\":[5,6]", 8).status()).isEqualTo(200);
            assertThat(client.get(128, 8)).as(model).isEqualTo(floats(6, 8));
        }
    }

    @Test
    void stringsLieThereAsInBinaryData() {
        registered("g");
        client.put(0, new byte[] {2, 0, 0, 0, 'h', 'i'});
        RawClient.Answer answer = call(
                "POST",
                "/v2/models/strings/infer",
                "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"BYTES\",\"shape\":[1,1]," + place(0, 6)
                        + "}],\"outputs\":[{\"name\":\"OUTPUT0\"," + place(64, 10) + "}]}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(client.get(64, 6)).containsExactly(2, 0, 0, 0, 'h', 'i');
    }

    @Test
    void saysWhatIsWrongWithAPlace() {
        registered("g");
        assertThat(sum("on_gpu", place(250, 8), 8).text())
                .contains("Invalid offset + byte size for shared memory region: 'g'");
        assertThat(sum("on_gpu", place(256, 8), 8).text()).contains("Invalid offset for shared memory region: 'g'");
        assertThat(sum("on_gpu", place(0, 4), 8).text())
                .contains("input byte size mismatch for input 'B' for model 'on_gpu'. Expected 8, got 4");
        RawClient.Answer small = sum("on_gpu", place(16, 8), 7);
        assertThat(small.status()).isEqualTo(500);
        assertThat(small.text())
                .contains(
                        "shared memory size specified with the request for output 'SUM' (7 bytes) should be at least 8 "
                                + "bytes to hold the results");
    }

    @Test
    void listsAndForgetsRegions() {
        registered("g");
        registered("h");
        String both = call("GET", "/v2/cudasharedmemory/status", "").text();
        assertThat(both)
                .isEqualTo("[{\"name\":\"g\",\"device_id\":0,\"byte_size\":256},"
                        + "{\"name\":\"h\",\"device_id\":0,\"byte_size\":256}]");
        assertThat(call("GET", "/v2/systemsharedmemory/status", "").text()).isEqualTo("[]");
        assertThat(call("POST", "/v2/cudasharedmemory/region/g/unregister", "").status())
                .isEqualTo(200);
        assertThat(call("GET", "/v2/cudasharedmemory/region/h/status", "").text())
                .isEqualTo("[{\"name\":\"h\",\"device_id\":0,\"byte_size\":256}]");
        assertThat(call("POST", "/v2/cudasharedmemory/unregister", "").status()).isEqualTo(200);
        RawClient.Answer gone = call("GET", "/v2/cudasharedmemory/region/h/status", "");
        assertThat(gone.status()).isEqualTo(404);
        assertThat(gone.text()).isEqualTo("{\"error\":\"Unable to find cuda shared memory region: 'h'\"}");
        assertThat(cuda.opened()).isZero();
    }

    @Test
    void saysWhatARegistrationLacks() {
        String rest = ",\"device_id\":0,\"byte_size\":256";
        assertThat(register("g", "\"device_id\":0,\"byte_size\":256").text())
                .contains("Shared memory register request has no 'raw_handle' field");
        assertThat(register("g", handle() + ",\"device_id\":0").text())
                .contains("Shared memory register request has no 'byte_size' field");
        assertThat(register("g", handle() + ",\"byte_size\":256").text())
                .contains("Shared memory register request has no 'device_id' field");
        for (String base64 : List.of("AAAA", "?", "")) {
            RawClient.Answer answer = register("g", "\"raw_handle\":{\"b64\":\"" + base64 + "\"}" + rest);
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text()).contains("'raw_handle' must be a valid base64 encoded cudaIpcMemHandle_t");
        }
        assertThat(register("g", handle() + ",\"device_id\":1,\"byte_size\":256")
                        .text())
                .contains("failed to register shared memory region: invalid args");
        assertThat(call("POST", "/v2/cudasharedmemory/register", "{}").text())
                .contains("'region name' is necessary to register cuda shared memory region");
        assertThat(call("GET", "/v2/cudasharedmemory/status", "").text()).isEqualTo("[]");
    }
}

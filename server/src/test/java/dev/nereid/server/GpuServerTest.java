package dev.nereid.server;

import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedClientMemory;
import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.cuda.FakeNvml;
import dev.nereid.server.config.Front;
import dev.nereid.server.statement.Statement;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole servers on a machine with two GPUs, which are emulated here. */
@Tag("cuda")
class GpuServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private EmulatedCuda cuda;
    private FakeNvml nvml;

    @BeforeEach
    void find() {
        cuda = EmulatedCuda.find("servers with GPUs").orElseGet(() -> Assumptions.abort("no emulated GPU"));
        nvml = FakeNvml.find("servers with GPUs").orElseGet(() -> Assumptions.abort("no fake NVML"));
    }

    @Test
    void prefersGpusWhereItIsTold() throws IOException {
        try (RunningServers servers = new RunningServers(folder)) {
            servers.writeSimple("");
            Server server = servers.start("--prefer-gpu");
            assertThat(send(server, Front.HTTP, "/v2/models/simple/config", ""))
                    .contains("\"kind\":\"KIND_GPU\"")
                    .contains("\"gpus\":[0,1]");
            assertThat(cuda.used(0)).isPositive();
            assertThat(send(server, Front.HTTP, "/v2/models/simple/infer", RunningServers.simpleRequest("")))
                    .contains("\"data\":[2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32]");
        }
        assertThat(cuda.used(0)).isZero();
    }

    @Test
    void readsATensorFromAGpusMemory() throws IOException {
        try (RunningServers servers = new RunningServers(folder);
                EmulatedClientMemory client = EmulatedClientMemory.allocate(1, 64)) {
            servers.writeSimple("");
            Server server = servers.start("--allow-client-shm=true");
            ByteBuffer numbers = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < 16; i++) {
                numbers.putInt(100 * i);
            }
            client.put(0, numbers.array());
            send(server, Front.HTTP, "/v2/cudasharedmemory/region/r/register", """
                    {"raw_handle":{"b64":"%s"},"device_id":1,"byte_size":64}
                    """.formatted(
                            Base64.getEncoder().encodeToString(client.handle())));
            String request = RunningServers.simpleRequest("")
                    .replaceFirst(
                            "\"data\":\\[[0-9,]*\\]",
                            "\"parameters\":{\"shared_memory_region\":\"r\",\"shared_memory_byte_size\":64}");
            assertThat(send(server, Front.HTTP, "/v2/models/simple/infer", request))
                    .contains("\"data\":[1,102,203,304,405,506,607,708,809,910,1011,1112,1213,1314,1415,1516]");
        }
        assertThat(cuda.opened()).isZero();
    }

    @Test
    void showsWhatItsGpusMeasureFromTimeToTime() {
        nvml.set(0, 12, 1000, 10, 1500, 2000, 5000);
        nvml.set(1, 34, 1000, 20, 1500, 2000, 5000);
        try (RunningServers servers = new RunningServers(folder)) {
            Server server = servers.start("--metrics-interval-ms=1");
            String zero = "{gpu_uuid=\"GPU-00000000-0000-0000-0000-000000000000\"} ";
            String one = "{gpu_uuid=\"GPU-00000000-0000-0000-0000-000000000001\"} ";
            assertThat(send(server, Front.METRICS, "/metrics", ""))
                    .contains("nv_gpu_utilization" + zero + "0.12\n")
                    .contains("nv_gpu_utilization" + one + "0.34\n")
                    .contains("nv_gpu_memory_total_bytes" + zero + "1000\n")
                    .contains("nv_gpu_memory_used_bytes" + one + "20\n")
                    .contains("nv_gpu_power_usage" + zero + "1.5\n")
                    .contains("nv_gpu_power_limit" + zero + "2\n")
                    .contains("nv_energy_consumption" + zero + "0\n");
            nvml.set(0, 12, 1000, 999, 1500, 2000, 8000);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            String later = "";
            while (!later.contains("nv_gpu_memory_used_bytes" + zero + "999\n") && System.nanoTime() < deadline) {
                later = send(server, Front.METRICS, "/metrics", "");
            }
            assertThat(later)
                    .contains("nv_gpu_memory_used_bytes" + zero + "999\n")
                    .contains("nv_energy_consumption" + zero + "3\n");
        }
        assertThat(nvml.users()).isZero();
    }

    /** Of instances on two cards nobody knows which one a request was for. */
    @Test
    void saysWhichGpuAModelIsOn() throws IOException {
        try (RunningServers servers = new RunningServers(folder)) {
            servers.writeSimple("instance_group { kind: KIND_GPU gpus: 1 }");
            Server server = servers.start();
            assertThat(send(server, Front.METRICS, "/metrics", ""))
                    .contains("nv_inference_count{gpu_uuid=\"GPU-00000000-0000-0000-0000-000000000001\","
                            + "model=\"simple\",version=\"1\"} 0\n");
        }
        try (RunningServers servers = new RunningServers(folder)) {
            servers.writeSimple("instance_group { kind: KIND_GPU gpus: [ 0, 1 ] }");
            Server server = servers.start();
            assertThat(send(server, Front.METRICS, "/metrics", ""))
                    .contains("nv_inference_count{model=\"simple\",version=\"1\"} 0\n");
        }
    }

    @Test
    @Statement(161)
    void showsWhatIsPinnedForCopies() throws IOException {
        try (RunningServers servers = new RunningServers(folder)) {
            servers.writeSimple("instance_group { kind: KIND_GPU gpus: 0 }");
            Server server = servers.start("--pinned-memory-pool-byte-size=1000000");
            send(server, Front.HTTP, "/v2/models/simple/infer", RunningServers.simpleRequest(""));
            assertThat(send(server, Front.METRICS, "/metrics", ""))
                    .contains("nv_pinned_memory_pool_total_bytes 1000000\n")
                    // A run of the warm-up beside the request's has memory of its own.
                    .containsPattern("nv_pinned_memory_pool_used_bytes (65536|131072)\n");
        }
    }

    /** Triton caches nothing that lies in a GPU's memory; here the bytes are copied before they are looked up. */
    @Test
    @Statement(139)
    void answersFromTheCacheWhereverTheClientsTensorsLie() throws IOException {
        try (RunningServers servers = new RunningServers(folder);
                EmulatedClientMemory client = EmulatedClientMemory.allocate(0, 128)) {
            servers.writeSimple("response_cache { enable: true }");
            Server server = servers.start("--allow-client-shm=true", "--cache-config=local,size=1000000");
            send(server, Front.HTTP, "/v2/cudasharedmemory/region/r/register", """
                    {"raw_handle":{"b64":"%s"},"device_id":0,"byte_size":128}
                    """.formatted(
                            Base64.getEncoder().encodeToString(client.handle())));
            String request = RunningServers.simpleRequest("")
                    .replaceFirst(
                            "\"data\":\\[[0-9,]*\\]",
                            "\"parameters\":{\"shared_memory_region\":\"r\",\"shared_memory_byte_size\":64}")
                    .replace(
                            "{\"name\":\"OUTPUT0\"}",
                            "{\"name\":\"OUTPUT0\",\"parameters\":{\"shared_memory_region\":\"r\","
                                    + "\"shared_memory_offset\":64,\"shared_memory_byte_size\":64}}");
            for (int value : new int[] {0, 5, 0}) {
                client.put(0, new byte[] {(byte) value});
                client.put(64, new byte[64]);
                send(server, Front.HTTP, "/v2/models/simple/infer", request);
                assertThat(client.get(64, 4)).containsExactly(1 + value, 0, 0, 0);
                assertThat(client.get(124, 4)).containsExactly(16, 0, 0, 0);
            }
            assertThat(RunningServers.statistics(server, "simple")
                            .at("/inference_stats/cache_hit/count")
                            .asInt())
                    .isEqualTo(1);
        }
    }

    @Test
    void showsNothingOfGpusWhereItIsToldNotTo() {
        try (RunningServers servers = new RunningServers(folder)) {
            Server server = servers.start("--allow-gpu-metrics=false");
            assertThat(send(server, Front.METRICS, "/metrics", ""))
                    .contains("nv_cpu_utilization")
                    .doesNotContain("nv_gpu_")
                    .doesNotContain("nv_energy");
            assertThat(nvml.users()).isZero();
        }
    }
}

package dev.nereid.server.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.NativeMemory;
import dev.nereid.memory.SlabPool;
import dev.nereid.server.ModelFolders;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.grpc.GrpcConfig;
import dev.nereid.server.grpc.GrpcFront;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.http.connection.HttpLimits;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that stall, drip, lie, hang up, read nothing and send bombs, over HTTP and gRPC, beside clients that do nothing of
 * the kind: each request of those is answered rightly, memory stays where it is, and in the end nothing is left of any of
 * them: no byte, no thread, no connection. {@code -Dnereid.test.soak.seconds} says how long, {@code -Dnereid.test.soak.seed}
 * repeats the choices (not the order in which threads get their turns).
 */
@Tag("soak")
class HostileClientsSoakTest {
    private static final int SECONDS = Integer.getInteger("nereid.test.soak.seconds", 3);
    private static final long SEED = Long.getLong("nereid.test.soak.seed", 42);
    private static final long MEBI = 1L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** Threads that each pay one visit after the other: enough that several stall while others do harm. */
    private static final int HOSTILE_OVER_HTTP = 8;

    private static final int HOSTILE_OVER_GRPC = 3;

    /**
     * What may come and go on the heap while it runs: answers kept for two streams that nobody reads, bombs that swell, and
     * what the clients hold, which live in this process too.
     */
    private static final long HEAP_UNDER_LOAD = 512 * MEBI;

    private static final long HEAP_AFTERWARDS = 24 * MEBI;
    private static final long REQUESTS_AT_ONCE = 256 * MEBI;

    /** Soon too slow, but not for who waits for a busy processor; small inputs, so that a bomb is one soon. */
    private static final HttpLimits LIMITS =
            HttpLimits.DEFAULT.withMostInputBytes(MEBI).withTimeouts(Duration.ofSeconds(20), Duration.ofSeconds(8));

    @TempDir
    Path folder;

    private final AtomicBoolean over = new AtomicBoolean();
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicLong> visits = new ConcurrentSkipListMap<>();

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void servesHonestClientsAndLeavesNothingBehind() throws Exception {
        System.out.println("hostile soak: -Dnereid.test.soak.seed=" + SEED + ", " + SECONDS + " s");
        writeModels();
        long bytesBefore = NativeMemory.liveBytes();
        run(1, SEED - 1); // what is loaded once and kept, of libraries and of the JVM, is not the soak's
        awaitTrue(() -> NativeMemory.liveBytes() == bytesBefore);
        visits.clear();
        Leftovers leftovers = new Leftovers();
        long heapBefore = Leftovers.heapBytes();

        run(SECONDS, SEED);

        System.out.println("hostile soak: visits " + visits);
        assertThat(problems).as("seed %d", SEED).isEmpty();
        awaitTrue(() -> NativeMemory.liveBytes() == bytesBefore);
        assertThat(NativeMemory.liveBytes()).as("native bytes").isEqualTo(bytesBefore);
        awaitTrue(() -> leftovers.newThreads().isEmpty());
        assertThat(leftovers.newThreads()).as("threads").isEmpty();
        awaitTrue(() -> Leftovers.virtualThreads(folder).isEmpty());
        assertThat(Leftovers.virtualThreads(folder)).as("virtual threads").isEmpty();
        long heapAfter = Leftovers.heapBytes();
        System.out.printf("hostile soak: heap %d KiB before, %d KiB after%n", heapBefore >> 10, heapAfter >> 10);
        assertThat(heapAfter).as("heap").isLessThan(heapBefore + HEAP_AFTERWARDS);
    }

    /** One server from its start to its end, with all kinds of clients for some seconds. */
    private void run(int seconds, long seed) throws InterruptedException {
        over.set(false);
        SlabPool memory = new SlabPool(MEBI);
        ModelRepository repository = ModelRepository.start(
                RepositoryConfig.of(folder.resolve("models")), new Backends(List.of(new IdentityBackend())));
        repository.startup().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        HttpFront http =
                HttpFront.start(HttpConfig.of("127.0.0.1", 0, "triton").withLimits(LIMITS), repository, memory);
        GrpcFront grpc = GrpcFront.start(new GrpcConfig("127.0.0.1", 0, "triton"), repository, memory);
        HonestClients honest = new HonestClients(http.port(), grpc.port(), over::get);
        List<Thread> clients = new ArrayList<>();
        clients.add(start("honest over HTTP", () -> honest.askOverHttp(new Random(seed))));
        clients.add(start("honest over HTTP", () -> honest.askOverHttp(new Random(seed + 1))));
        clients.add(start("honest over gRPC", () -> honest.askOverGrpc(new Random(seed + 2))));
        clients.add(start("honest in streams", () -> honest.stream(new Random(seed + 3))));
        for (int i = 0; i < HOSTILE_OVER_HTTP; i++) {
            Random random = new Random(seed + 100 + i);
            clients.add(start("hostile over HTTP", () -> misbehave(new HostileHttp(http.port()), random)));
        }
        for (int i = 0; i < HOSTILE_OVER_GRPC; i++) {
            Random random = new Random(seed + 200 + i);
            clients.add(start("hostile over gRPC", () -> misbehave(new HostileCalls(grpc.port()), random)));
        }
        watchMemory(seconds, memory);
        over.set(true);
        for (Thread client : clients) {
            client.join(PATIENCE);
            assertThat(client.isAlive()).as("%s is stuck", client.getName()).isFalse();
        }
        assertThat(honest.overHttp).as("answered over HTTP").hasPositiveValue();
        assertThat(honest.overGrpc).as("answered over gRPC").hasPositiveValue();
        assertThat(honest.overStreams).as("answered in streams").hasPositiveValue();
        System.out.println("hostile soak: answered rightly over HTTP " + honest.overHttp + ", gRPC " + honest.overGrpc
                + ", streams " + honest.overStreams);
        expectNoConnection(http.port());
        expectNoConnection(grpc.port());
        awaitTrue(() -> repository.inFlight() == 0);
        assertThat(repository.inFlight()).as("requests in flight").isZero();
        awaitTrue(() -> memory.usedBytes() == 0);
        assertThat(memory.usedBytes()).as("bytes of requests").isZero();
        assertThat(http.stop(PATIENCE)).as("HTTP had finished").isTrue();
        assertThat(grpc.stop(PATIENCE)).as("gRPC had finished").isTrue();
        assertThat(repository.close(PATIENCE)).as("the models had finished").isTrue();
        memory.close();
    }

    /** Looks at memory while clients come and go: four times at the heap, much more often at the requests'. */
    private void watchMemory(int seconds, SlabPool memory) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        long nextLook = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds) / 4;
        List<Long> heaps = new ArrayList<>();
        long mostUsed = 0;
        while (System.nanoTime() - end < 0 && problems.isEmpty()) {
            Thread.sleep(50);
            mostUsed = Math.max(mostUsed, memory.usedBytes());
            if (System.nanoTime() - nextLook > 0) {
                nextLook += TimeUnit.SECONDS.toNanos(seconds) / 4;
                heaps.add(Leftovers.heapBytes() / MEBI);
            }
        }
        System.out.println("hostile soak: heap " + heaps + " MiB while it ran, requests' memory at most "
                + mostUsed / MEBI + " MiB");
        assertThat(mostUsed).as("bytes of requests at once").isLessThan(REQUESTS_AT_ONCE);
        assertThat(heaps).allSatisfy(heap -> assertThat(heap).isLessThan(HEAP_UNDER_LOAD / MEBI));
    }

    private static void expectNoConnection(int port) {
        if (Leftovers.connections(port).isEmpty()) {
            System.out.println("hostile soak: SKIPPED the count of connections, which this system does not tell");
            return;
        }
        awaitTrue(() -> Leftovers.connections(port).equals(OptionalLong.of(0)));
        assertThat(Leftovers.connections(port))
                .as("connections to port %d", port)
                .hasValue(0);
    }

    private void misbehave(HostileHttp client, Random random) throws InterruptedException {
        Map<String, HostileHttp.Visit> all = client.visits();
        while (!over.get()) {
            String name = pick(all, random);
            try {
                client.visit(all.getOrDefault(name, (_, _) -> {}), random);
            } catch (IllegalStateException e) {
                throw new IllegalStateException("a client that " + name + ": " + e.getMessage(), e);
            }
            count("HTTP client " + name);
        }
    }

    private void misbehave(HostileCalls client, Random random) throws InterruptedException {
        Map<String, HostileCalls.Visit> all = client.visits();
        while (!over.get()) {
            String name = pick(all, random);
            try {
                client.visit(all.getOrDefault(name, (_, _) -> {}), random);
            } catch (IllegalStateException e) {
                throw new IllegalStateException("a client that " + name + ": " + e.getMessage(), e);
            }
            count("gRPC client " + name);
        }
    }

    private static String pick(Map<String, ?> all, Random random) {
        return List.copyOf(all.keySet()).get(random.nextInt(all.size()));
    }

    private void count(String visit) {
        visits.computeIfAbsent(visit, _ -> new AtomicLong()).incrementAndGet();
    }

    private interface Client {
        void run() throws IOException, InterruptedException;
    }

    private Thread start(String name, Client client) {
        return Thread.ofPlatform().name(name).start(() -> {
            try {
                client.run();
            } catch (Exception | Error e) {
                problems.add(name + ": " + e + (e.getCause() == null ? "" : ", " + e.getCause()));
            }
        });
    }

    private static void awaitTrue(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(20_000_000);
        }
    }

    private void writeModels() throws IOException {
        write("echo", 0);
        write("slow", 15);
    }

    private void write(String name, int delayMillis) {
        ModelFolders.write(folder.resolve("models"), name, """
                backend: "identity"
                max_batch_size: 8
                input [ { name: "INPUT0" data_type: TYPE_INT32 dims: [ -1 ] } ]
                output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: [ -1 ] } ]
                instance_group [ { kind: KIND_CPU count: 2 } ]
                dynamic_batching { }
                parameters { key: "execute_delay_ms" value: { string_value: "%d" } }
                """.formatted(delayMillis));
    }
}

package dev.nereid.bench.questions;

import dev.nereid.bench.wire.Loopback;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does one request cost from the client's socket to the identity backend and back? With {@code -prof gc}: the bytes
 * allocated, where those of {@code live} and {@code grpc-live} are what the libraries take for a request without a body.
 * Over HTTP the client, in the same process, allocates nothing; over gRPC it is grpc-java's.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 3, time = 2)
public class RequestPath {
    /** Health over HTTP and gRPC; 16 numbers as JSON, binary and over gRPC; 1 MB of JSON; 600 KB of binary data. */
    @Param({"live", "json-small", "binary-small", "json-1mb", "binary-600kb", "grpc-live", "grpc-small"})
    public String request = "";

    private @Nullable Loopback loopback;

    /** Starts the server and checks its first answer. */
    @Setup
    public void start() throws IOException {
        loopback = Loopback.start(request);
    }

    @TearDown
    public void stop() throws IOException {
        if (loopback != null) {
            loopback.close();
        }
    }

    /** Sends the request and reads its answer to the end. */
    @Benchmark
    public int exchange() throws IOException {
        if (loopback == null) {
            throw new IllegalStateException("the server was not started");
        }
        return loopback.exchange();
    }
}

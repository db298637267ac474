package dev.nereid.perf;

import dev.nereid.perf.nullserver.NullGrpcServer;
import dev.nereid.perf.nullserver.NullHttpServer;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nereid perf null-server}: a server with the model {@code null}, to find the limit of the load generator itself. */
@Command(name = "null-server", mixinStandardHelpOptions = true, description = "Runs a server that does nothing.")
final class NullCommand implements Callable<Integer> {
    @Option(names = "--http-port", defaultValue = "8000", description = "Port for HTTP (default 8000).")
    private int httpPort = 8000;

    @Option(names = "--grpc-port", defaultValue = "8001", description = "Port for gRPC (default 8001).")
    private int grpcPort = 8001;

    @Override
    public Integer call() throws Exception {
        try (NullHttpServer http = new NullHttpServer(httpPort);
                NullGrpcServer grpc = new NullGrpcServer(grpcPort)) {
            System.out.println("the model null: HTTP on port " + http.port() + ", gRPC on port " + grpc.port());
            new CountDownLatch(1).await();
        }
        return 0;
    }
}

package dev.nereid.bench.reference;

import ai.onnxruntime.OrtEnvironment;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.Logging;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nereid bench reference-server}: something to compare with where no other server can be had. */
@Command(
        name = "reference-server",
        mixinStandardHelpOptions = true,
        description = {
            "Serves a model repository with ONNX Runtime behind Nereid's own fronts and scheduler: two instances a model and"
                    + " one request a run, unless the model's config.pbtxt says otherwise, as Triton's ONNX backend does.",
            "It is not Triton: what differs to Nereid is the engine alone."
        })
public final class ReferenceServerCommand implements Callable<Integer> {
    @Option(names = "--model-repository", required = true, description = "The folder with the models.")
    private Path repository = Path.of("");

    @Option(names = "--http-address", defaultValue = "127.0.0.1", description = "Where to listen (default 127.0.0.1).")
    private String address = "127.0.0.1";

    @Option(names = "--http-port", defaultValue = "8100", description = "0 for any free port (default 8100).")
    private int httpPort = 8100;

    @Option(names = "--grpc-port", defaultValue = "8101", description = "0 for any free port (default 8101).")
    private int grpcPort = 8101;

    @Override
    public Integer call() throws InterruptedException {
        Logging.start(LogConfig.DEFAULT);
        System.out.println("reference server: ONNX Runtime "
                + OrtEnvironment.getEnvironment().getVersion()
                + " behind Nereid's fronts, a stand-in for Triton's ONNX backend and not Triton");
        ReferenceServer server = new ReferenceServer(repository, address, httpPort, grpcPort);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(server::close));
        System.out.println(
                "HTTP at " + address + ":" + server.httpPort() + ", gRPC at " + address + ":" + server.grpcPort());
        List<String> failures = server.failures();
        failures.forEach(failure -> System.out.println("not loaded: " + failure));
        System.out.println("ready");
        new CountDownLatch(1).await();
        return 0;
    }
}

package dev.nereid.bench.cores;

import static dev.nereid.bench.NumberTable.number;

import dev.nereid.bench.NumberTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nereid bench cores}: copies of a model under load, in turns with one pool of workers and with one a model. */
@Command(
        name = "cores",
        mixinStandardHelpOptions = true,
        description = {
            "Loads copies of a model into this process and has clients ask them as fast as they are answered. In turns all"
                    + " copies share one pool of workers, as in the server, and each has a pool of its own, as where every"
                    + " model is a session of its own. Prints the median of the rounds: requests a second, latencies in"
                    + " milliseconds, and how many threads computed at a time.",
            "Shapes that the model leaves open are taken as 1, but for --dims."
        })
public final class CoresCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "An ONNX model with tensors alone.")
    private Path file = Path.of("model.onnx");

    @Option(names = "--copies", defaultValue = "10", description = "Copies of the model (default 10).")
    private int copies;

    @Option(names = "--instances", defaultValue = "2", description = "Instances of each copy (default 2).")
    private int instances;

    @Option(names = "--clients", defaultValue = "2", description = "Clients of each copy (default 2).")
    private int clients;

    @Option(names = "--cores", description = "Cores of a pool (default: those of this machine).")
    private int cores = Runtime.getRuntime().availableProcessors();

    @Option(names = "--rounds", defaultValue = "5", description = "Rounds, each with both sides (default 5).")
    private int rounds;

    @Option(names = "--seconds", defaultValue = "3", description = "Seconds a side and round (default 3).")
    private double seconds;

    @Option(names = "--dims", split = ",", description = "Values for dims that the model leaves open, in order.")
    private List<Long> dims = List.of();

    @Option(
            names = "--sides",
            split = ",",
            defaultValue = "SHARED,OWN",
            description = "Which to measure in turns: SHARED, OWN (default both).")
    private List<Pooling> sides = List.of();

    /** What is measured in turns with others. */
    private record Side(Pooling pooling, CopiedModels models, List<ClosedLoopClients.Result> results) {
        void run(int clients, double seconds) {
            results.add(new ClosedLoopClients(models, clients).run(seconds));
        }
    }

    @Override
    public Integer call() throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("'" + file + "': expected a model file, found none");
        }
        if (copies < 1 || instances < 1 || clients < 1 || cores < 1 || rounds < 1 || !(seconds > 0)) {
            throw new IllegalArgumentException("expected numbers of at least 1 and seconds above 0");
        }
        List<Side> measured = new ArrayList<>();
        try {
            for (Pooling pooling : sides) {
                CopiedModels models = CopiedModels.load(file, copies, instances, pooling, cores, dims);
                measured.add(new Side(pooling, models, new ArrayList<>()));
                System.err.println("warming up " + pooling);
                new ClosedLoopClients(models, clients).run(seconds);
            }
            for (int round = 0; round < rounds; round++) {
                for (Side side : round % 2 == 0 ? measured : measured.reversed()) {
                    side.run(clients, seconds);
                }
            }
        } finally {
            measured.forEach(side -> side.models().close());
        }
        System.out.printf(
                Locale.ROOT,
                "%s: %d copies, %d instances and %d clients each, %d cores%n",
                file.getFileName(),
                copies,
                instances,
                clients,
                cores);
        NumberTable table = new NumberTable("pool", "requests/s", "p50", "p99", "computing", "at most");
        for (Side side : measured) {
            ClosedLoopClients.Result median = ClosedLoopClients.Result.median(side.results());
            table.row(
                    side.pooling().toString(),
                    number(median.rate(), 1),
                    number(median.p50Millis(), 2),
                    number(median.p99Millis(), 2),
                    number(median.computing(), 2),
                    number(median.mostComputing(), 0));
        }
        table.print(NumberTable.Format.TEXT, System.out);
        return 0;
    }
}

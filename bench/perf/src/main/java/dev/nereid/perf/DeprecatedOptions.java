package dev.nereid.perf;

import java.util.List;
import picocli.CommandLine.Option;

/** Flags of former versions of perf_analyzer that it still takes, and those that cannot be had here. */
@SuppressWarnings({"FieldMayBeFinal", "CanBeFinal"})
final class DeprecatedOptions {
    @Option(names = "-z", hidden = true, description = "Zeros as input data.")
    boolean zeros;

    @Option(names = "-d", hidden = true, description = "Raise the concurrency step by step.")
    boolean dynamic;

    @Option(names = "-c", hidden = true, paramLabel = "N", description = "Highest concurrency with -d.")
    int highest;

    @Option(names = "-t", hidden = true, paramLabel = "N", description = "Concurrency.")
    int concurrency;

    @Option(names = "--data-directory", hidden = true, paramLabel = "FOLDER", description = "Input data.")
    String folder = "";

    @Option(names = "--enable-mpi", hidden = true, description = "Several generators as one.")
    boolean mpi;

    @Option(
            names = {"--grpc-method", "--proto", "--triton-server-directory", "--model-repository"},
            hidden = true,
            paramLabel = "VALUE",
            description = "For service kinds that are not there.")
    List<String> others = List.of();

    /** Refuses what cannot be had, and says the rest in the words of today's flags. */
    void translate(PerfOptions options) {
        Checks.refuseIf(mpi, "--enable-mpi: generators on several machines are not joined; run one by one");
        Checks.refuseIf(
                !others.isEmpty(),
                "--grpc-method and --proto go with the service kind dynamic_grpc, --triton-server-directory and"
                        + " --model-repository with triton_c_api; neither is there");
        Checks.refuseIf(highest > 0 && !dynamic, "-c goes with -d");
        boolean load = dynamic || concurrency > 0;
        Checks.refuseIf(
                load && !options.concurrency.isEmpty(),
                "-t, -c and -d are of former versions: they do not go with"
                        + " --concurrency-range, which says the same");
        Checks.refuseIf(
                load && (!options.rate.isEmpty() || !options.intervals.isEmpty()),
                "-t, -c and -d ask for a concurrency: they do not go with --request-rate-range or --request-intervals");
        if (zeros) {
            options.inputData.add("zero");
        }
        if (!folder.isEmpty()) {
            options.inputData.add(folder);
        }
        if (dynamic) {
            options.concurrency = Math.max(1, concurrency) + ":" + highest + ":1";
        } else if (concurrency > 0) {
            options.concurrency = String.valueOf(concurrency);
        }
    }
}

package dev.nereid.perf;

import picocli.CommandLine.Option;

/** The flags for a second server beside the first. What is not given is as for the first. */
@SuppressWarnings({"FieldMayBeFinal", "CanBeFinal"})
final class CompareOptions {
    @Option(
            names = "--vs",
            paramLabel = "HOST:PORT",
            description = "Measure this server too, its windows between those of the first, and report the ratios.")
    String url = "";

    @Option(names = "--vs-protocol", paramLabel = "PROTOCOL", description = "Its protocol: http or grpc.")
    String protocol = "";

    @Option(names = "--vs-service-kind", paramLabel = "KIND", description = "Its kind: triton, tfserving, ...")
    String kind = "";

    @Option(names = "--vs-model", paramLabel = "MODEL", description = "The model's name there.")
    String model = "";

    @Option(names = "--vs-version", paramLabel = "VERSION", description = "The model's version there.")
    String version = "";

    @Option(
            names = "--vs-rounds",
            paramLabel = "N",
            defaultValue = "10",
            description = "Windows of each server at each level (default 10).")
    int rounds = 10;

    boolean isAsked() {
        return !url.isEmpty();
    }

    void check() {
        if (isAsked()) {
            Checks.atLeast("--vs-rounds", rounds, 2);
        } else {
            Checks.refuseIf(
                    !(protocol + kind + model + version).isEmpty(),
                    "--vs-protocol, --vs-service-kind, --vs-model and --vs-version go with --vs");
        }
    }

    /** The second server. */
    ServerChoice choice(ServerChoice first) {
        return new ServerChoice(
                url,
                protocol.isEmpty() ? first.protocol() : protocol,
                kind.isEmpty() ? first.kind() : kind,
                model.isEmpty() ? first.model() : model,
                model.isEmpty() && version.isEmpty() ? first.version() : version);
    }
}

package dev.nereid.bench.engine;

import dev.nereid.bench.networks.Networks;
import picocli.CommandLine.Command;

/** {@code nereid bench networks}: networks of well-known architectures in both engines. */
@Command(
        name = "networks",
        mixinStandardHelpOptions = true,
        description =
                "Measures networks of well-known architectures beside ONNX Runtime. Their layers, sizes and the way"
                        + " they are written are those of exported models; their weights are random.")
public final class NetworksCommand extends FamiliesCommand {
    NetworksCommand() {
        super(Networks.ALL);
    }
}

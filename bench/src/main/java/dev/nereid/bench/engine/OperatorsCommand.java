package dev.nereid.bench.engine;

import dev.nereid.bench.models.OperatorFamilies;
import picocli.CommandLine.Command;

/** {@code nereid bench operators}: single operators and short chains of them in both engines, beside the goals. */
@Command(
        name = "operators",
        mixinStandardHelpOptions = true,
        description =
                "Measures models of one operator, or a few one after the other, beside ONNX Runtime, and prints what"
                        + " each family comes to beside its goal. A run through ONNX Runtime's Java API has a cost of its own,"
                        + " about a microsecond, which is part of its time.")
public final class OperatorsCommand extends FamiliesCommand {
    OperatorsCommand() {
        super(OperatorFamilies.ALL);
    }
}

package dev.nereid.server;

import dev.nereid.models.InspectionText;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelInspection;
import dev.nereid.server.cli.CommandLineException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code nereid inspect FILE.onnx}: shows what a model holds and whether it can be served. */
final class InspectCommand {
    private InspectCommand() {}

    static int run(List<String> arguments) {
        if (arguments.size() != 1 || arguments.getFirst().startsWith("-")) {
            throw new CommandLineException("expected one model: nereid inspect FILE.onnx");
        }
        Path file = Path.of(arguments.getFirst());
        if (!Files.isRegularFile(file)) {
            throw new CommandLineException("there is no file " + file);
        }
        try {
            InspectionText.lines(ModelInspection.of(file)).forEach(System.out::println);
            return 0;
        } catch (ModelFormatException e) {
            throw new CommandLineException(file + ": " + e.getMessage());
        }
    }
}

package dev.nereid.server.commands;

import dev.nereid.models.LoadOptions;
import dev.nereid.models.conformance.ConformanceRunner;
import dev.nereid.models.conformance.Summary;
import dev.nereid.server.Kernels;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.cli.Usage;
import dev.nereid.server.config.EngineConfig;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code nereid conformance DIR-or-ZIP}: runs ONNX backend tests and says which fail and why. */
final class ConformanceCommand {
    private static final String SYNOPSIS = "nereid conformance [options] DIR-or-ZIP";

    private ConformanceCommand() {}

    static int run(List<String> arguments) {
        ParsedFlags flags = new FlagParser(OfflineFlags.conformance()).parseWithOperands(arguments);
        if (flags.has("help")) {
            System.out.print(Usage.of(SYNOPSIS, OfflineFlags.conformance()));
            return 0;
        }
        if (flags.operands().size() != 1) {
            throw new CommandLineException("expected one folder or zip file: " + SYNOPSIS);
        }
        Path suite = Path.of(flags.operands().getFirst());
        if (!Files.exists(suite)) {
            throw new CommandLineException("there is no folder or file " + suite);
        }
        ConformanceRunner.Options options = new ConformanceRunner.Options(
                flags.has("unoptimized") ? LoadOptions.UNOPTIMIZED : LoadOptions.DEFAULT,
                Kernels.select(EngineConfig.kernelLayers(flags)).kernels(),
                flags.text("dump").map(Path::of));
        PrintWriter out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
        try {
            Summary summary = ConformanceRunner.run(suite, options, out);
            return summary.failed().isEmpty() ? 0 : 1;
        } catch (IOException e) {
            throw new CommandLineException(suite + " cannot be read: " + e.getMessage());
        }
    }
}

package dev.nereid.bench.questions;

import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code nereid bench jmh}: the questions under JMH. */
@Command(
        name = "jmh",
        description = {
            "Runs the questions whose names match the pattern, all without one, under JMH in processes of their own.",
            "Every option of JMH is taken, such as -f 1 -wi 1 -i 1 -p layer=vector; -l lists the questions, -h JMH's options."
        })
public final class JmhCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "ARGUMENT", description = "A pattern, and options of JMH.")
    private List<String> arguments = List.of();

    @Override
    public Integer call() throws Exception {
        try {
            CommandLineOptions options = new CommandLineOptions(arguments.toArray(String[]::new));
            if (options.shouldHelp()) {
                options.showHelp();
                return 0;
            }
            Runner runner = new Runner(options);
            if (options.shouldList()) {
                runner.list();
                return 0;
            }
            runner.run();
            return 0;
        } catch (CommandLineOptionException | RunnerException e) {
            throw new IllegalArgumentException("jmh: " + e.getMessage(), e);
        }
    }
}

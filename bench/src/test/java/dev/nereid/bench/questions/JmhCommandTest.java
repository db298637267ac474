package dev.nereid.bench.questions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.VerboseMode;

class JmhCommandTest {
    @Test
    void everyQuestionIsListed() {
        Set<BenchmarkListEntry> entries = BenchmarkList.defaultList()
                .getAll(OutputFormatFactory.createFormatInstance(System.err, VerboseMode.SILENT), List.of());
        assertThat(entries.stream().map(entry -> entry.getUsername().replaceFirst(".*questions\\.", "")))
                .containsExactlyInAnyOrder("Kernel.compute", "RequestPath.exchange");
    }

    @Test
    void questionRunsUnderJmhInThisProcess() throws Exception {
        CommandLineOptions options = new CommandLineOptions(
                "Kernel", "-f", "0", "-wi", "0", "-i", "1", "-r", "10ms", "-p", "question=gelu/100", "-v", "SILENT");
        Collection<RunResult> results = new Runner(options).run();
        assertThat(results).hasSize(1);
        assertThat(results.iterator().next().getPrimaryResult().getScore()).isPositive();
    }
}

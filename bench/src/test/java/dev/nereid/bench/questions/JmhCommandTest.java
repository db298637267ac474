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
                .containsExactlyInAnyOrder(
                        "Attention.attend",
                        "DepthwiseConvolution.convolve",
                        "ElementwiseChain.pass",
                        "Gelu.activate",
                        "Gemm.multiply",
                        "Int8Product.multiply",
                        "LayerNorm.normalize",
                        "Lstm.run",
                        "PointwiseConvolution.convolve",
                        "RequestPath.exchange",
                        "Softmax.weigh",
                        "SpatialConvolution.convolve",
                        "Transpose.transpose");
    }

    @Test
    void questionRunsUnderJmhInThisProcess() throws Exception {
        CommandLineOptions options = new CommandLineOptions(
                "Gelu", "-f", "0", "-wi", "0", "-i", "1", "-r", "10ms", "-p", "shape=100", "-v", "SILENT");
        Collection<RunResult> results = new Runner(options).run();
        assertThat(results).hasSize(1);
        assertThat(results.iterator().next().getPrimaryResult().getScore()).isPositive();
    }
}

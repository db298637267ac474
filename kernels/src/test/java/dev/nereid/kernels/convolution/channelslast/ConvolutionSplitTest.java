package dev.nereid.kernels.convolution.channelslast;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.convolution.channelslast.ConvolutionSplit.Cut;
import dev.nereid.kernels.convolution.channelslast.ConvolutionSplit.Task;
import dev.nereid.kernels.convolution.channelslast.ConvolutionSplit.Whole;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How a convolution is shared among workers. */
class ConvolutionSplitTest {
    @Test
    void everyFilterOfEveryRowIsInOneTask() {
        for (int batch = 1; batch <= 3; batch++) {
            for (int rows : new int[] {1, 2, 7, 49, 196}) {
                for (int panels : new int[] {1, 2, 11}) {
                    ConvolutionSplit cuts = new ConvolutionSplit(whole(batch, rows, panels, 10_000_000, 1_000_000));
                    for (int workers : new int[] {1, 2, 3, 8, 1}) {
                        expectEachOnce(cuts.of(workers), batch, rows, panels);
                    }
                }
            }
        }
    }

    private static void expectEachOnce(Cut cut, int batch, int rows, int panels) {
        int[] seen = new int[batch * rows * panels];
        for (int number = 0; number < cut.tasks(); number++) {
            Task task = cut.task(number);
            assertThat(task.toRow() - task.fromRow()).isLessThanOrEqualTo(cut.rows());
            for (int row = task.fromRow(); row < task.toRow(); row++) {
                for (int panel = task.fromPanel(); panel < task.toPanel(); panel++) {
                    seen[(task.item() * rows + row) * panels + panel]++;
                }
            }
        }
        assertThat(IntStream.of(seen)).as("%s", cut).allMatch(times -> times == 1);
    }

    @Test
    void oneWorkerHasTheFewestBands() {
        Cut cut = new ConvolutionSplit(whole(1, 100, 8, 1_000_000, 10_000_000)).of(1);
        assertThat(cut.parts()).isEqualTo(1);
        assertThat(cut.bands()).isEqualTo(Math.ceilDiv(100, 48));
    }

    @Test
    void fewRowsAndLargeFiltersAreCutByFilters() {
        Cut cut = new ConvolutionSplit(whole(1, 48, 11, 50_000_000, 4_000_000)).of(2);
        assertThat(cut.parts()).isEqualTo(2);
    }

    @Test
    void manyRowsAndSmallFiltersAreCutByRowsIntoAsMuchForEach() {
        Cut cut = new ConvolutionSplit(whole(1, 196, 2, 50_000_000, 100_000)).of(2);
        assertThat(cut.parts()).isEqualTo(1);
        assertThat(cut.bands() % 2).isZero();
    }

    @Test
    void itemsOfABatchAreShared() {
        Cut cut = new ConvolutionSplit(whole(8, 40, 4, 50_000_000, 100_000)).of(8);
        assertThat(cut.bands()).isEqualTo(1);
        assertThat(cut.parts()).isEqualTo(1);
    }

    private static Whole whole(int batch, int rows, int panels, long work, long filterBytes) {
        return new Whole(batch, rows, 48, 12, panels, 1.0 / panels, work, filterBytes, 100_000, 0);
    }
}

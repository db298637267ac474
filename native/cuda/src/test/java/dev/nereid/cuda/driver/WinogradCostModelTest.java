package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which convolutions Winograd's algorithm is taken for. */
class WinogradCostModelTest {
    private static ConvShape shape(int batch, int channels, int filters, int cells) {
        int[] extent = {cells, cells};
        int[] one = {1, 1};
        return new ConvShape(batch, channels, filters, 1, new Window(extent, new int[] {3, 3}, one, one, one, extent));
    }

    /** Those of a ResNet: many channels, or so few cells that one product's blocks would be few. */
    @ParameterizedTest
    @CsvSource({"512,512,7", "256,256,14", "128,128,28", "128,128,56", "64,64,8", "128,128,112", "512,512,112"})
    void paysForManyChannelsAndForFewCells(int channels, int filters, int cells) {
        assertThat(WinogradCostModel.pays(shape(1, channels, filters, cells))).isTrue();
    }

    /** Tiles are written and read again for few multiplications. */
    @ParameterizedTest
    @CsvSource({
        "64,64,56",
        "64,64,224",
        "32,32,112",
        "32,32,16",
        "16,16,32",
        "3,64,224",
        "1,1,8",
        "64,3,224",
        "512,1,56"
    })
    void doesNotPayForFewChannelsOrFilters(int channels, int filters, int cells) {
        assertThat(WinogradCostModel.pays(shape(1, channels, filters, cells))).isFalse();
    }

    @Test
    void doesNotDependOnTheBatch() {
        for (int channels = 8; channels <= 512; channels *= 2) {
            for (int cells = 1; cells <= 128; cells += 9) {
                boolean alone = WinogradCostModel.pays(shape(1, channels, channels, cells));
                for (int batch : new int[] {0, 2, 7, 64}) {
                    assertThat(WinogradCostModel.pays(shape(batch, channels, channels, cells)))
                            .as("%s channels, %s cells, batch %s", channels, cells, batch)
                            .isEqualTo(alone);
                }
            }
        }
    }
}

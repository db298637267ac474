package dev.nereid.kernels.recurrent;

import dev.nereid.kernels.matmul.Clamp;
import dev.nereid.kernels.matmul.PanelKernel;
import dev.nereid.kernels.matmul.VectorEpilogue;
import dev.nereid.memory.AddressSpace;
import java.lang.foreign.MemorySegment;

/** Steps by products with panels, block by block, and loops over the units of a block while its sums are in the L1 cache. */
public final class VectorUnitKernel implements UnitKernel {
    private static final MemorySegment ALL = AddressSpace.ALL;
    private static final long FLOAT = Float.BYTES;
    private static final long UNIT_BYTES = GateBlocks.UNITS * FLOAT;
    private static final int LSTM_COLUMNS = 4 * GateBlocks.UNITS;
    private static final int GRU_COLUMNS = 3 * GateBlocks.UNITS;

    private final PanelKernel products;

    /** Steps with the products of {@code products}. */
    public VectorUnitKernel(PanelKernel products) {
        this.products = products;
    }

    @Override
    public int panelColumns(int blockColumns) {
        return Math.min(products.panelColumns(), blockColumns);
    }

    /** The sums of a block, and one number for each of its units. */
    @Override
    public long scratchBytes(int blockColumns, int batch) {
        return FLOAT * blockColumns * batch + UNIT_BYTES;
    }

    @Override
    public void lstm(Units units, long c) {
        long spare = units.scratch() + FLOAT * LSTM_COLUMNS * units.batch();
        for (int t = 0; t < units.steps(); t++) {
            long y = units.y() + t * units.yStep() * FLOAT;
            for (int i = units.from(); i < units.to(); i++) {
                int block = block(units, t, i);
                long x = x(units, t, block, LSTM_COLUMNS);
                multiply(units, t, block, LSTM_COLUMNS, x, units.xRow());
                int first = block * GateBlocks.UNITS;
                int count = Math.min(GateBlocks.UNITS, units.hidden() - first);
                for (int row = 0; row < units.batch(); row++) {
                    long sums = units.scratch() + FLOAT * row * LSTM_COLUMNS;
                    long cells = c + ((long) row * units.hidden() + first) * FLOAT;
                    long to = y + (row * units.yRow() + first) * FLOAT;
                    if (count == GateBlocks.UNITS) {
                        LstmUnits.run(sums, cells, to);
                    } else {
                        MemorySegment.copy(ALL, cells, ALL, spare, count * FLOAT);
                        LstmUnits.run(sums, spare, sums);
                        MemorySegment.copy(ALL, spare, ALL, cells, count * FLOAT);
                        MemorySegment.copy(ALL, sums, ALL, to, count * FLOAT);
                    }
                }
            }
        }
    }

    @Override
    public void gru(Units units, long bias) {
        long spare = units.scratch() + FLOAT * GRU_COLUMNS * units.batch();
        for (int t = 0; t < units.steps(); t++) {
            long y = units.y() + t * units.yStep() * FLOAT;
            for (int i = units.from(); i < units.to(); i++) {
                int block = block(units, t, i);
                long x = x(units, t, block, GRU_COLUMNS);
                int first = block * GateBlocks.UNITS;
                multiply(units, t, block, GRU_COLUMNS, 0, 0);
                for (int row = 0; row < units.batch(); row++) {
                    long sums = units.scratch() + FLOAT * row * GRU_COLUMNS;
                    VectorEpilogue.add(sums, x + row * units.xRow() * FLOAT, 2 * GateBlocks.UNITS);
                    if (bias != 0) {
                        VectorEpilogue.add(sums + 2 * UNIT_BYTES, bias + first * FLOAT, GateBlocks.UNITS);
                    }
                }
                int count = Math.min(GateBlocks.UNITS, units.hidden() - first);
                for (int row = 0; row < units.batch(); row++) {
                    long sums = units.scratch() + FLOAT * row * GRU_COLUMNS;
                    long fresh = x + row * units.xRow() * FLOAT + 2 * UNIT_BYTES;
                    long old = h(units, t) + (row * hRow(units, t) + first) * FLOAT;
                    long to = y + (row * units.yRow() + first) * FLOAT;
                    if (count == GateBlocks.UNITS) {
                        GruUnits.run(sums, fresh, old, to);
                    } else {
                        MemorySegment.copy(ALL, old, ALL, spare, count * FLOAT);
                        GruUnits.run(sums, fresh, spare, sums);
                        MemorySegment.copy(ALL, sums, ALL, to, count * FLOAT);
                    }
                }
            }
        }
    }

    /** Every other step goes backwards, and finds the weights of the last blocks in the L1 cache. */
    private static int block(Units units, int t, int number) {
        return t % 2 == 0 ? number : units.from() + units.to() - 1 - number;
    }

    private static long x(Units units, int t, int block, int columns) {
        return units.x() + (t * units.xStep() + (long) block * columns) * FLOAT;
    }

    private static long h(Units units, int t) {
        return t == 0 ? units.h() : units.y() + (t - 1) * units.yStep() * FLOAT;
    }

    private static long hRow(Units units, int t) {
        return t == 0 ? units.hRow() : units.yRow();
    }

    /**
     * The sums of a block: [batch][columns] in scratch memory.
     *
     * @param s what is added to them, its rows {@code sRow} apart; 0 for nothing
     */
    private void multiply(Units units, int t, int block, int columns, long s, long sRow) {
        int width = panelColumns(columns);
        for (int column = 0; column < columns; column += width) {
            products.run(
                    units.batch(),
                    width,
                    1,
                    units.hidden(),
                    h(units, t),
                    hRow(units, t),
                    0,
                    units.weights() + ((long) block * columns + column) * units.hidden() * FLOAT,
                    0,
                    0,
                    units.scratch() + column * FLOAT,
                    columns,
                    s == 0 ? 0 : s + column * FLOAT,
                    sRow,
                    Clamp.NONE);
        }
    }
}

package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceIndexing;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.reduce.ArgMinMax;
import dev.nereid.tensor.DataType;
import java.util.Arrays;
import java.util.Optional;

/**
 * Starts the kernels of {@code extreme.cu}, {@code scatter.cu} and {@code selection.cu}, and those of {@code layout.cu} that
 * follow indices.
 */
final class CudaIndexing implements DeviceIndexing {
    private static final int ROW_THREADS = 256;
    private static final int ALIGNMENT = 256;

    private final Launcher launcher;
    private final long outside;
    private final Runnable usesIndices;

    /**
     * For one stream.
     *
     * @param outside address of an {@code int} of device memory, 0 until an index is outside
     * @param usesIndices called before kernels that may set it
     */
    CudaIndexing(Launcher launcher, long outside, Runnable usesIndices) {
        this.launcher = launcher;
        this.outside = outside;
        this.usesIndices = usesIndices;
    }

    /** Writes ElementPlaces. */
    private void places(Elements elements) {
        usesIndices.run();
        launcher.address(elements.indices())
                .address(outside)
                .number(elements.layout().rank())
                .number(elements.axis())
                .number(elements.extent())
                .number(0)
                .numbers(elements.layout().dims(), BroadcastStrides.MOST_DIMS)
                .numbers(elements.layout().strides()[0], BroadcastStrides.MOST_DIMS);
    }

    /** Writes VectorPlaces. */
    private void places(Vectors vectors) {
        usesIndices.run();
        launcher.address(vectors.indices())
                .address(outside)
                .number(vectors.extents().length)
                .number(vectors.eachBatch())
                .numbers(vectors.extents(), BroadcastStrides.MOST_DIMS);
    }

    @Override
    public void gather(
            int elementBytes,
            DataType indexType,
            long x,
            long indices,
            long y,
            int outer,
            int extent,
            int count,
            int inner) {
        int length = Math.multiplyExact(Math.multiplyExact(outer, count), inner);
        launcher.begin()
                .address(x)
                .address(indices)
                .address(y)
                .address(outside)
                .number(length)
                .number(extent)
                .number(count)
                .number(inner);
        usesIndices.run();
        launcher.elements("gather_" + elementBytes + "_" + indexType.bytes(), length);
    }

    @Override
    public void gatherElements(int elementBytes, Elements elements, long x, long y) {
        int length = elements.layout().length();
        launcher.begin().address(x).address(y);
        places(elements);
        launcher.number(length).number(0);
        launcher.elements(
                "gather_elements_" + elementBytes + "_" + elements.indexType().bytes(), length);
    }

    @Override
    public void gatherBlocks(int elementBytes, Vectors vectors, long x, long y, int block) {
        int length = Math.multiplyExact(vectors.vectors(), block);
        launcher.begin().address(x).address(y);
        places(vectors);
        launcher.number(length).number(block);
        launcher.elements(
                "gather_blocks_" + elementBytes + "_" + vectors.indexType().bytes(), length);
    }

    @Override
    public long scatterBytes(int updates, int places) {
        return tableBytes(updates) + 2 * tableBytes(places);
    }

    private static long tableBytes(int numbers) {
        return Math.ceilDiv((long) Integer.BYTES * numbers, ALIGNMENT) * ALIGNMENT;
    }

    @Override
    public void scatterElements(
            Optional<BinaryOp> reduction,
            DataType type,
            Elements elements,
            long updates,
            long y,
            int places,
            long scratch) {
        int count = elements.layout().length();
        if (count == 0) {
            return;
        }
        int[] dims = elements.layout().dims();
        // Updates of one element differ in their index along the axis alone.
        int step = Arrays.stream(dims, elements.axis() + 1, dims.length).reduce(1, Math::multiplyExact);
        Tables tables = new Tables(count, places, scratch);
        tables.clear();
        launcher.begin();
        places(elements);
        tables.fill("scatter_element_places_" + elements.indexType().bytes());
        tables.join(FunctionKernelNames.scatter(reduction, type), updates, y, 1, step);
    }

    @Override
    public void scatterBlocks(
            Optional<BinaryOp> reduction,
            DataType type,
            Vectors vectors,
            long updates,
            long y,
            int places,
            int block,
            long scratch) {
        if (vectors.vectors() == 0) {
            return;
        }
        Tables tables = new Tables(vectors.vectors(), places, scratch);
        tables.clear();
        launcher.begin();
        places(vectors);
        tables.fill("scatter_block_places_" + vectors.indexType().bytes());
        tables.join(FunctionKernelNames.scatter(reduction, type), updates, y, block, 1);
    }

    /** What is known of the updates of one call, in scratch memory: their places, and each place's first and last one. */
    private final class Tables {
        private final int updates;
        private final int places;
        private final long at;
        private final long first;
        private final long last;

        Tables(int updates, int places, long scratch) {
            this.updates = updates;
            this.places = places;
            this.at = scratch;
            this.first = at + tableBytes(updates);
            this.last = first + tableBytes(places);
        }

        void clear() {
            launcher.begin().address(first).word(Integer.MAX_VALUE).number(places);
            launcher.elements("fill_4", places);
            launcher.begin().address(last).word(-1).number(places);
            launcher.elements("fill_4", places);
        }

        /** Behind the arguments that say where indices are. */
        void fill(String kernel) {
            launcher.address(at).address(first).address(last).number(updates).number(0);
            launcher.elements(kernel, updates);
        }

        void join(String kernel, long from, long y, int block, int step) {
            int length = Math.multiplyExact(updates, block);
            launcher.begin()
                    .address(from)
                    .address(y)
                    .address(at)
                    .address(first)
                    .address(last)
                    .number(length)
                    .number(block)
                    .number(step)
                    .number(0);
            launcher.elements(kernel, length);
        }
    }

    @Override
    public void argMinMax(
            ArgMinMax extreme, boolean last, DataType type, long x, long y, int outer, int extent, int inner) {
        launcher.begin()
                .address(x)
                .address(y)
                .number(outer)
                .number(extent)
                .number(inner)
                .number(extreme == ArgMinMax.GREATEST)
                .number(last)
                .number(0);
        if (inner == 1) {
            launcher.run(FunctionKernelNames.argMinMax(type, true), outer, 1, 1, ROW_THREADS, 1);
        } else {
            launcher.elements(FunctionKernelNames.argMinMax(type, false), Math.multiplyExact(outer, inner));
        }
    }

    @Override
    public void topK(boolean largest, long x, long values, long places, int outer, int extent, int inner, int k) {
        int length = Math.multiplyExact(Math.multiplyExact(outer, extent), inner);
        launcher.begin()
                .address(x)
                .address(values)
                .address(places)
                .number(length)
                .number(extent)
                .number(k)
                .number(inner)
                .number(largest);
        launcher.elements("top_k", length);
    }
}

package dev.nereid.kernels.matmul;

import dev.nereid.memory.AddressSpace;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Writes {@link MicroKernel}s as hidden classes, one a tile shape. The body is what C2 compiles best: calls of the Vector
 * API alone, the species a constant, one local variable an accumulator, one loop, and no branch for edges.
 */
final class MicroKernelGenerator {
    private static final ClassDesc VECTOR = desc(FloatVector.class);
    private static final ClassDesc ANY_VECTOR = desc(Vector.class);
    private static final ClassDesc SPECIES = desc(VectorSpecies.class);
    private static final ClassDesc MASK = desc(VectorMask.class);
    private static final ClassDesc SEGMENT = desc(MemorySegment.class);
    private static final ClassDesc ORDER = desc(ByteOrder.class);
    private static final ClassDesc LAYOUT = desc(ValueLayout.class);
    private static final ClassDesc FLOAT_LAYOUT = desc(ValueLayout.OfFloat.class);
    private static final ClassDesc ADDRESS_SPACE = desc(AddressSpace.class);
    private static final ClassDesc INTERFACE = desc(MicroKernel.class);

    /** Of {@link MicroKernel#run}: k and tail, then address and stride of a, b, c and s. */
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(
            ConstantDescs.CD_void,
            ConstantDescs.CD_int,
            ConstantDescs.CD_int,
            ConstantDescs.CD_long,
            ConstantDescs.CD_long,
            ConstantDescs.CD_long,
            ConstantDescs.CD_long,
            ConstantDescs.CD_long,
            ConstantDescs.CD_long,
            ConstantDescs.CD_long,
            ConstantDescs.CD_long);

    private static final int K = 0;
    private static final int TAIL = 1;
    private static final int A = 2;
    private static final int A_STRIDE = 3;
    private static final int B = 4;
    private static final int B_STRIDE = 5;
    private static final int C = 6;
    private static final int C_STRIDE = 7;
    private static final int S = 8;
    private static final int S_STRIDE = 9;

    private static final MethodTypeDesc LOAD =
            MethodTypeDesc.of(VECTOR, SPECIES, SEGMENT, ConstantDescs.CD_long, ORDER);
    private static final MethodTypeDesc LOAD_MASKED =
            MethodTypeDesc.of(VECTOR, SPECIES, SEGMENT, ConstantDescs.CD_long, ORDER, MASK);
    private static final MethodTypeDesc STORE =
            MethodTypeDesc.of(ConstantDescs.CD_void, SEGMENT, ConstantDescs.CD_long, ORDER);
    private static final MethodTypeDesc STORE_MASKED =
            MethodTypeDesc.of(ConstantDescs.CD_void, SEGMENT, ConstantDescs.CD_long, ORDER, MASK);
    private static final MethodTypeDesc BROADCAST = MethodTypeDesc.of(VECTOR, SPECIES, ConstantDescs.CD_float);
    private static final MethodTypeDesc ZERO = MethodTypeDesc.of(VECTOR, SPECIES);
    private static final MethodTypeDesc FMA = MethodTypeDesc.of(VECTOR, ANY_VECTOR, ANY_VECTOR);
    private static final MethodTypeDesc ADD = MethodTypeDesc.of(VECTOR, ANY_VECTOR);
    private static final MethodTypeDesc GET =
            MethodTypeDesc.of(ConstantDescs.CD_float, FLOAT_LAYOUT, ConstantDescs.CD_long);
    private static final MethodTypeDesc IN_RANGE = MethodTypeDesc.of(MASK, ConstantDescs.CD_int, ConstantDescs.CD_int);

    /** What becomes of the sums that c holds. */
    enum Earlier {
        NONE(0),
        /** A tile's chains go on from them. */
        CONTINUED(1),
        /** They are added to a tile's own sums, which start at zero. */
        ADDED(2);

        private final int code;

        Earlier(int code) {
            this.code = code;
        }

        /** A number of two bits, one of its own. */
        int code() {
            return code;
        }
    }

    /** What is added to the sums of a tile in the end: numbers of s. */
    enum Addend {
        NONE(0),
        /** A row, to each row of the tile. */
        ROW(1),
        /** A column, to each column of the tile. */
        COLUMN(2),
        /** A matrix of the tile's size. */
        MATRIX(3);

        private final int code;

        Addend(int code) {
            this.code = code;
        }

        /** A number of two bits, one of its own. */
        int code() {
            return code;
        }
    }

    /**
     * A tile shape.
     *
     * @param vectorBits width of the vectors
     * @param rows rows of the tile
     * @param vectors vectors in a row of the tile
     * @param earlier what becomes of the sums that c holds
     * @param addend what is added to the sums in the end
     * @param tail whether only some lanes of the last vector of a row exist
     * @param panelVectors vectors in a row of b, if it is packed; 0 if its rows have any stride. A constant stride saves
     *     the check of each address in the loop
     * @param interleaved whether a is packed too, so that the elements of a column of the tile lie next to each other:
     *     then one address serves all rows, and a tile may be tall
     */
    record Tile(
            int vectorBits,
            int rows,
            int vectors,
            Earlier earlier,
            Addend addend,
            boolean tail,
            int panelVectors,
            boolean interleaved) {
        int lanes() {
            return vectorBits / Float.SIZE;
        }
    }

    private final Tile tile;
    private final CodeBuilder code;
    private int mask;
    private int[] rowOffsets = {};
    private int[][] sums = {};

    private MicroKernelGenerator(Tile tile, CodeBuilder code) {
        this.tile = tile;
        this.code = code;
    }

    /** A new kernel class for {@code tile}. */
    static MicroKernel generate(Tile tile) {
        ClassDesc self = ClassDesc.of(
                MicroKernelGenerator.class.getPackageName(),
                "Gemm" + tile.vectorBits() + "x" + tile.rows() + "x" + tile.vectors()
                        + tile.earlier() + tile.addend() + (tile.tail() ? "Tail" : "")
                        + (tile.panelVectors() > 0 ? "Packed" + tile.panelVectors() : "")
                        + (tile.interleaved() ? "Interleaved" : ""));
        byte[] bytes = ClassFile.of().build(self, type -> {
            type.withInterfaceSymbols(INTERFACE).withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC);
            type.withMethodBody(
                    ConstantDescs.INIT_NAME,
                    ConstantDescs.MTD_void,
                    0,
                    init -> init.aload(0)
                            .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                            .return_());
            type.withMethodBody(
                    "run",
                    RUN,
                    ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL,
                    code -> new MicroKernelGenerator(tile, code).body());
        });
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup().defineHiddenClass(bytes, true);
            return (MicroKernel) lookup.findConstructor(lookup.lookupClass(), MethodType.methodType(void.class))
                    .invoke();
        } catch (Throwable e) {
            throw new IllegalStateException("the generated micro-kernel " + tile + " does not link", e);
        }
    }

    private void body() {
        int k = code.parameterSlot(K);
        int a = bounded(code.parameterSlot(A));
        int b = bounded(code.parameterSlot(B));
        if (tile.tail()) {
            mask = code.allocateLocal(TypeKind.REFERENCE);
            species().iconst_0().iload(code.parameterSlot(TAIL));
            code.invokeinterface(SPECIES, "indexInRange", IN_RANGE).astore(mask);
        }
        rowOffsets = tile.interleaved() ? new int[tile.rows()] : rowOffsets(a, code.parameterSlot(A_STRIDE));
        start();
        int i = code.allocateLocal(TypeKind.INT);
        int at = code.allocateLocal(TypeKind.LONG);
        int[] columns = new int[tile.vectors()];
        for (int j = 0; j < columns.length; j++) {
            columns[j] = code.allocateLocal(TypeKind.REFERENCE);
        }
        int factor = code.allocateLocal(TypeKind.REFERENCE);
        Label loop = code.newLabel();
        Label done = code.newLabel();
        code.iconst_0().istore(i);
        code.labelBinding(loop).iload(i).iload(k).if_icmpge(done);
        code.lload(b).iload(i).i2l();
        if (tile.panelVectors() > 0) {
            code.loadConstant((long) tile.panelVectors() * tile.lanes() * Float.BYTES);
        } else {
            code.lload(code.parameterSlot(B_STRIDE));
        }
        code.lmul().ladd();
        if (tile.panelVectors() == 0) {
            code.loadConstant(AddressSpace.BITS).land();
        }
        code.lstore(at);
        for (int j = 0; j < columns.length; j++) {
            load(at, j);
            code.astore(columns[j]);
        }
        for (int r = 0; r < tile.rows(); r++) {
            species();
            everything().getstatic(LAYOUT, "JAVA_FLOAT_UNALIGNED", FLOAT_LAYOUT);
            factorAddress(a, r, i);
            code.invokeinterface(SEGMENT, "get", GET);
            code.invokestatic(VECTOR, "broadcast", BROADCAST).astore(factor);
            for (int j = 0; j < columns.length; j++) {
                code.aload(factor).aload(columns[j]).aload(sums[r][j]);
                code.invokevirtual(VECTOR, "fma", FMA).astore(sums[r][j]);
            }
        }
        code.iinc(i, 1).goto_(loop).labelBinding(done);
        finish();
        code.return_();
    }

    /** Pushes the address of the element of a in row {@code r} and step {@code i}. */
    private void factorAddress(int a, int r, int i) {
        if (tile.interleaved()) {
            code.lload(a).iload(i).i2l();
            code.loadConstant((long) tile.rows() * Float.BYTES).lmul().ladd();
            code.loadConstant((long) r * Float.BYTES).ladd();
        } else {
            code.lload(rowOffsets[r])
                    .iload(i)
                    .i2l()
                    .loadConstant((long) Float.BYTES)
                    .lmul()
                    .ladd();
        }
    }

    private void start() {
        boolean continues = tile.earlier() == Earlier.CONTINUED;
        int[] starts = continues ? rowOffsets(code.parameterSlot(C), code.parameterSlot(C_STRIDE)) : new int[0];
        sums = new int[tile.rows()][tile.vectors()];
        for (int r = 0; r < tile.rows(); r++) {
            for (int j = 0; j < tile.vectors(); j++) {
                sums[r][j] = code.allocateLocal(TypeKind.REFERENCE);
                if (continues) {
                    load(starts[r], j);
                } else {
                    species().invokestatic(VECTOR, "zero", ZERO);
                }
                code.astore(sums[r][j]);
            }
        }
    }

    private void finish() {
        if (tile.earlier() == Earlier.ADDED) {
            addMatrix(C, C_STRIDE);
        }
        switch (tile.addend()) {
            case NONE -> {}
            case ROW -> addRow();
            case COLUMN -> addColumn();
            case MATRIX -> addMatrix(S, S_STRIDE);
        }
        int[] offsets = rowOffsets(code.parameterSlot(C), code.parameterSlot(C_STRIDE));
        for (int r = 0; r < tile.rows(); r++) {
            for (int j = 0; j < tile.vectors(); j++) {
                code.aload(sums[r][j]);
                everything();
                offset(offsets[r], j);
                order();
                if (masked(j)) {
                    code.aload(mask).invokevirtual(VECTOR, "intoMemorySegment", STORE_MASKED);
                } else {
                    code.invokevirtual(VECTOR, "intoMemorySegment", STORE);
                }
            }
        }
    }

    private void addRow() {
        int s = bounded(code.parameterSlot(S));
        int addend = code.allocateLocal(TypeKind.REFERENCE);
        for (int j = 0; j < tile.vectors(); j++) {
            load(s, j);
            code.astore(addend);
            for (int r = 0; r < tile.rows(); r++) {
                add(r, j, addend);
            }
        }
    }

    private void addMatrix(int address, int stride) {
        int[] addends = rowOffsets(code.parameterSlot(address), code.parameterSlot(stride));
        int addend = code.allocateLocal(TypeKind.REFERENCE);
        for (int r = 0; r < tile.rows(); r++) {
            for (int j = 0; j < tile.vectors(); j++) {
                load(addends[r], j);
                code.astore(addend);
                add(r, j, addend);
            }
        }
    }

    private void addColumn() {
        int[] addends = rowOffsets(code.parameterSlot(S), code.parameterSlot(S_STRIDE));
        int addend = code.allocateLocal(TypeKind.REFERENCE);
        for (int r = 0; r < tile.rows(); r++) {
            broadcast(addends[r]);
            code.astore(addend);
            for (int j = 0; j < tile.vectors(); j++) {
                add(r, j, addend);
            }
        }
    }

    /** Adds the vector in local {@code addend} to a sum. */
    private void add(int r, int j, int addend) {
        code.aload(sums[r][j]).aload(addend).invokevirtual(VECTOR, "add", ADD).astore(sums[r][j]);
    }

    /** A local that holds the address in another one, of which nothing has to be checked. */
    private int bounded(int address) {
        int local = code.allocateLocal(TypeKind.LONG);
        code.lload(address).loadConstant(AddressSpace.BITS).land().lstore(local);
        return local;
    }

    /** Locals that hold {@code offset + r * stride} of every row. */
    private int[] rowOffsets(int offset, int stride) {
        int[] locals = new int[tile.rows()];
        for (int r = 0; r < locals.length; r++) {
            locals[r] = code.allocateLocal(TypeKind.LONG);
            if (r == 0) {
                code.lload(offset);
            } else {
                code.lload(locals[r - 1]).lload(stride).ladd();
            }
            code.loadConstant(AddressSpace.BITS).land().lstore(locals[r]);
        }
        return locals;
    }

    /** Pushes a vector of the number at the address in local {@code address}. */
    private void broadcast(int address) {
        species();
        everything().getstatic(LAYOUT, "JAVA_FLOAT_UNALIGNED", FLOAT_LAYOUT);
        code.lload(address).invokeinterface(SEGMENT, "get", GET);
        code.invokestatic(VECTOR, "broadcast", BROADCAST);
    }

    /** Pushes vector {@code j} of the row that begins at {@code base}. */
    private void load(int base, int j) {
        species();
        everything();
        offset(base, j);
        order();
        if (masked(j)) {
            code.aload(mask).invokestatic(VECTOR, "fromMemorySegment", LOAD_MASKED);
        } else {
            code.invokestatic(VECTOR, "fromMemorySegment", LOAD);
        }
    }

    private void offset(int base, int j) {
        code.lload(base);
        if (j > 0) {
            code.loadConstant((long) j * tile.lanes() * Float.BYTES).ladd();
        }
    }

    private CodeBuilder species() {
        return code.getstatic(VECTOR, "SPECIES_" + tile.vectorBits(), SPECIES);
    }

    private CodeBuilder everything() {
        return code.getstatic(ADDRESS_SPACE, "ALL", SEGMENT);
    }

    private void order() {
        code.getstatic(ORDER, "LITTLE_ENDIAN", ORDER);
    }

    private boolean masked(int j) {
        return tile.tail() && j == tile.vectors() - 1;
    }

    private static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}

package dev.nereid.server.schedule.sequence;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelSequenceBatching.InitialState;
import dev.nereid.proto.inference.ModelSequenceBatching.State;
import dev.nereid.server.backend.ConfigFiles;
import dev.nereid.server.backend.ConfigTypes;
import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a config says of one state.
 *
 * @param initialShape on START; a dim that the config leaves open is 1
 * @param sameBuffer whether what is written is the state at once
 * @param initial on START; empty for zeros (Triton leaves that memory as it finds it)
 */
record StateTemplate(
        String inputName,
        String outputName,
        DataType dataType,
        Shape initialShape,
        boolean sameBuffer,
        Optional<Tensor> initial) {
    /**
     * The states of a config that is valid.
     *
     * @param modelFolder has the folder {@code initial_state} with the data files
     * @param slabs receives the memory of the initial values
     * @throws InferException if a data file cannot be read or is too short
     */
    static List<StateTemplate> of(
            ModelConfig config, Path modelFolder, SlabPool memory, List<? super SlabPool.Slab> slabs) {
        List<StateTemplate> templates = new ArrayList<>();
        for (State state : config.getSequenceBatching().getStateList()) {
            DataType dataType = ConfigTypes.tensorType(state.getDataType()).orElseThrow();
            boolean given = state.getInitialStateCount() > 0;
            List<Long> dims = given ? state.getInitialState(0).getDimsList() : state.getDimsList();
            Shape shape = shape(dims, config.getMaxBatchSize() > 0);
            Optional<Tensor> initial =
                    given && state.getInitialState(0).getStateDataCase() == InitialState.StateDataCase.DATA_FILE
                            ? Optional.of(read(
                                    modelFolder.resolve("initial_state"),
                                    state.getInitialState(0),
                                    dataType,
                                    shape,
                                    memory,
                                    slabs))
                            : Optional.empty();
            templates.add(new StateTemplate(
                    state.getInputName(),
                    state.getOutputName(),
                    dataType,
                    shape,
                    state.getUseSameBufferForInputOutput(),
                    initial));
        }
        return templates;
    }

    private static Shape shape(List<Long> dims, boolean batched) {
        long[] shape = new long[dims.size() + (batched ? 1 : 0)];
        int at = 0;
        if (batched) {
            shape[at++] = 1;
        }
        for (long dim : dims) {
            shape[at++] = dim == -1 ? 1 : dim;
        }
        return Shape.of(shape);
    }

    private static Tensor read(
            Path folder,
            InitialState initial,
            DataType dataType,
            Shape shape,
            SlabPool memory,
            List<? super SlabPool.Slab> slabs) {
        byte[] content;
        try {
            content = Files.readAllBytes(ConfigFiles.below(folder, initial.getDataFile()));
        } catch (IOException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "cannot read initial state '" + initial.getName() + "' from file '" + initial.getDataFile()
                            + "' in folder " + folder + ": " + e.getMessage(),
                    e);
        }
        MemorySegment bytes = MemorySegment.ofArray(content);
        if (dataType == DataType.STRING) {
            return Tensor.ofStrings(
                    shape,
                    BytesCodec.decode(bytes, shape.elements())
                            .orElseThrow(() -> InferException.invalid("initial state '" + initial.getName()
                                    + "': expected " + shape.elements()
                                    + " strings, each behind its length of four bytes, in file '"
                                    + initial.getDataFile() + "' of " + content.length + " bytes")));
        }
        long expected = shape.elements() * dataType.bytes();
        if (content.length < expected) {
            throw InferException.invalid("initial_state setting expects " + expected
                    + " bytes, but the data provided from " + initial.getDataFile() + " only has " + content.length
                    + " bytes.");
        }
        SlabPool.Slab slab = memory.take(expected);
        slabs.add(slab);
        MemorySegment.copy(bytes, 0, slab.segment(), 0, expected);
        return Tensor.of(dataType, shape, slab.segment());
    }
}

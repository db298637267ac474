package dev.nereid.server.schedule.ensemble;

import dev.nereid.tensor.Tensor;
import java.util.Optional;

/**
 * The value of one of the ensemble's tensors in one iteration.
 *
 * @param tensor empty for an optional input that the client left out and an output that a step did not give
 * @param batchSize of the request that it comes from; 0 if that has no batch dim
 * @param mark empty for what comes from the client
 * @param memory each place that holds the value is a user of it
 */
record EnsembleValue(
        Optional<Tensor> tensor, long batchSize, Optional<SequenceMark> mark, ReferenceCountedMemory memory) {}

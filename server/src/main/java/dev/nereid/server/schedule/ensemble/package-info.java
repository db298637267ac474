/**
 * Ensembles: requests that are answered by requests to other models, whose outputs feed one another. A step starts when
 * its tensors are there; what runs and what waits of one request is plain data under that request's lock
 * ({@code EnsembleRun}), and no thread ever waits for a step. Tensors pass from step to step where they lie: a response is
 * shared by all who need it and closed by the last. How a step's model is found is the caller's business
 * ({@code StepModels}). Depends on schedule, protocol, backend, observe and tensors.
 */
@NullMarked
package dev.nereid.server.schedule.ensemble;

import org.jspecify.annotations.NullMarked;

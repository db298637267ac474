/**
 * The sequence batcher: requests that belong together run in order on one instance, with the controls and the states that
 * their model asks for. Who runs when is plain data under one lock ({@code SlotTable} and a {@code LaneBatcher} an
 * instance); {@code SequenceScheduler} has the lock, the threads and the clock. Depends on schedule, protocol, backend,
 * observe, tensors and memory.
 */
@NullMarked
package dev.nereid.server.schedule.sequence;

import org.jspecify.annotations.NullMarked;

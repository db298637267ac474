package dev.nereid.perf.sharedmemory;

import dev.nereid.perf.data.InputSet;
import dev.nereid.perf.data.InputSet.Step;
import dev.nereid.perf.data.InputTensor;
import dev.nereid.perf.data.RegionSlice;
import dev.nereid.perf.data.RequestedOutput;
import dev.nereid.perf.model.ServerApi;
import dev.nereid.perf.model.ServerException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The shared memory of one run: all inputs in one region, a region for each output. The server is told of a region when it
 * is made; {@link #close} has it forget them and removes them, whatever happened. For one thread.
 */
public final class SharedTensors implements AutoCloseable {
    /** Tensors begin at cache lines. */
    private static final long ALIGNMENT = 64;

    private final ServerApi server;
    private final String prefix;
    private final List<SharedRegion> regions = new ArrayList<>();
    private final List<String> known = new ArrayList<>();

    /** Removes the memory of a run that is interrupted. */
    private final Thread lastResort = Thread.ofPlatform().unstarted(this::remove);

    /** Shared memory with the server behind {@code server}; its names are told apart by the process and the time. */
    public SharedTensors(ServerApi server) {
        this.server = server;
        this.prefix = "nereid_perf_" + ProcessHandle.current().pid() + "_" + System.nanoTime();
        Runtime.getRuntime().addShutdownHook(lastResort);
    }

    /** The same data, its tensors in shared memory. */
    public InputSet inputs(InputSet data) {
        long bytes = 0;
        for (Step step : data.steps()) {
            for (InputTensor input : step.inputs()) {
                bytes += aligned(input.content().remaining());
            }
        }
        String name = prefix + "_in";
        SharedRegion region = make(name, bytes);
        long[] next = {0};
        List<List<Step>> streams = new ArrayList<>();
        for (List<Step> stream : data.streams()) {
            streams.add(stream.stream()
                    .map(step -> shared(step, name, region, next))
                    .toList());
        }
        return new InputSet(streams);
    }

    private static Step shared(Step step, String name, SharedRegion region, long[] next) {
        List<InputTensor> inputs = new ArrayList<>();
        for (InputTensor input : step.inputs()) {
            long length = input.content().remaining();
            region.put(next[0], input.content());
            inputs.add(input.in(new RegionSlice(name, next[0], length)));
            next[0] += aligned(length);
        }
        return new Step(inputs, step.weight(), step.extras());
    }

    /** Outputs that the server puts into regions of {@code bytes} each. */
    public List<RequestedOutput> outputs(List<String> names, long bytes) {
        List<RequestedOutput> outputs = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            String name = prefix + "_out" + i;
            make(name, bytes);
            outputs.add(new RequestedOutput(names.get(i), Optional.of(new RegionSlice(name, 0, bytes))));
        }
        return outputs;
    }

    private SharedRegion make(String name, long bytes) {
        SharedRegion region = SharedRegion.create(name, bytes);
        synchronized (this) {
            regions.add(region);
        }
        server.registerRegion(name, region.key(), region.bytes());
        known.add(name);
        return region;
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** A server that is away cannot be told; the memory is removed all the same. */
    @Override
    public void close() {
        try {
            known.forEach(server::unregisterRegion);
        } catch (ServerException e) {
            System.err.println("warning: the server was not told that its shared memory is gone: " + e.getMessage());
        } finally {
            remove();
            Runtime.getRuntime().removeShutdownHook(lastResort);
        }
    }

    private synchronized void remove() {
        regions.forEach(SharedRegion::close);
        regions.clear();
    }
}

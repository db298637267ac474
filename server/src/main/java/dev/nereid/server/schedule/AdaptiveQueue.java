package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.observe.BatchClose;
import dev.nereid.server.observe.DropReason;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.schedule.adaptive.AdaptiveModel;
import dev.nereid.server.schedule.adaptive.AdaptiveRequest;
import dev.nereid.server.schedule.adaptive.Formed;
import dev.nereid.server.schedule.adaptive.InstanceScaling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/** A model's requests under the adaptive policy, which shares its device with other models. */
final class AdaptiveQueue implements RequestQueue {
    private static final double MILLI = 1e6;

    private final String modelName;
    private final long maxQueueSize;
    private final AdaptiveRequestFactory jobs;
    private final AdaptiveModel<ScheduledRequest> model;
    private final SharedDevice device;
    private final InstanceScaling scaling;
    private final IdentityHashMap<List<ScheduledRequest>, Formed<ScheduledRequest>> running = new IdentityHashMap<>();
    private int instances = 1;

    AdaptiveQueue(ModelConfig config, AdaptiveRequestFactory jobs, SharedDevice device) {
        this.modelName = config.getName();
        this.maxQueueSize = QueuePolicy.of(config.getDynamicBatching().getDefaultQueuePolicy())
                .maxSize();
        this.jobs = jobs;
        this.model = new AdaptiveModel<>(
                jobs.settings(), request -> request.request().cancelled());
        this.device = device;
        this.scaling = new InstanceScaling(jobs.settings().sloNanos());
        device.add(model, () -> {});
    }

    @Override
    public ReentrantLock lock() {
        return device.lock();
    }

    @Override
    public void onTurn(Runnable look) {
        device.add(model, look);
    }

    @Override
    public void add(ScheduledRequest request) {
        String prefix = request.request().header().prefix();
        if (maxQueueSize > 0 && model.size() >= maxQueueSize) {
            throw InferException.queueFull(prefix + "Exceeds maximum queue size");
        }
        AdaptiveRequest<ScheduledRequest> job = jobs.job(request);
        OptionalLong wait = model.offer(job, request.enqueuedNanos());
        if (wait.isPresent()) {
            scaling.turnedAway();
            throw InferException.overloaded(
                    prefix + "model '" + modelName + "' is overloaded: its queue takes about "
                            + Math.round(wait.getAsLong() / MILLI) + " ms, the answer is due in "
                            + Math.round((job.deadlineNanos() - job.arrivalNanos()) / MILLI) + " ms",
                    Duration.ofNanos(wait.getAsLong()));
        }
    }

    @Override
    public void instances(int free, int all) {
        model.instances(free, all);
        instances = all;
    }

    @Override
    public Decision next(long nowNanos, List<Dropped> dropped) {
        List<dev.nereid.server.schedule.adaptive.Dropped<ScheduledRequest>> gone = new ArrayList<>(0);
        Optional<Formed<ScheduledRequest>> formed = device.device().next(model, nowNanos, gone);
        drop(gone, dropped);
        if (formed.isPresent()) {
            return begin(formed.get(), nowNanos);
        }
        long expiry = expire(nowNanos, dropped);
        return expiry == AdaptiveRequest.NEVER ? IDLE : new Decision.Wait(expiry);
    }

    private Decision begin(Formed<ScheduledRequest> formed, long nowNanos) {
        List<ScheduledRequest> requests = formed.requests();
        try {
            running.put(requests, formed);
            scaling.busy(running.size(), instances, nowNanos);
            requests.forEach(request -> scaling.waited(nowNanos - request.enqueuedNanos()));
            return new Decision.Run(requests, model.size() == 0 ? BatchClose.QUEUE_EMPTY : BatchClose.POLICY);
        } catch (RuntimeException | Error e) {
            // A batch that nobody runs would keep its place on the device for good.
            running.remove(requests);
            device.device().finished(model, formed, 0, nowNanos);
            throw e;
        }
    }

    @Override
    public long expire(long nowNanos, List<Dropped> dropped) {
        List<dev.nereid.server.schedule.adaptive.Dropped<ScheduledRequest>> gone = new ArrayList<>(0);
        long next = model.expire(nowNanos, gone);
        drop(gone, dropped);
        return next;
    }

    private void drop(List<dev.nereid.server.schedule.adaptive.Dropped<ScheduledRequest>> gone, List<Dropped> dropped) {
        for (dev.nereid.server.schedule.adaptive.Dropped<ScheduledRequest> each : gone) {
            if (each.reason() != dev.nereid.server.schedule.adaptive.Dropped.Reason.CANCELLED) {
                scaling.turnedAway();
            }
            String start = each.request().request().header().prefix() + "model '" + modelName + "' ";
            dropped.add(
                    switch (each.reason()) {
                        case CANCELLED ->
                            new Dropped(
                                    each.request(),
                                    new InferException(InferException.Code.CANCELLED, "Request cancelled"),
                                    DropReason.CANCELLED);
                        case TOO_LATE ->
                            refused(
                                    each.request(),
                                    start + "cannot answer before the request's deadline",
                                    DropReason.DEADLINE);
                        case EARLY_DROP ->
                            refused(
                                    each.request(),
                                    start + "is overloaded: the request would hold up those behind it",
                                    DropReason.OVERLOAD);
                    });
        }
    }

    private static Dropped refused(ScheduledRequest request, String text, DropReason reason) {
        return new Dropped(request, InferException.overloaded(text, Duration.ofSeconds(1)), reason);
    }

    @Override
    public void executed(List<ScheduledRequest> requests, long nanos, long nowNanos) {
        scaling.busy(running.size(), instances, nowNanos);
        Formed<ScheduledRequest> batch = running.remove(requests);
        if (batch == null) {
            throw new IllegalStateException("a batch of model '" + modelName + "' ended that was not begun");
        }
        device.device().finished(model, batch, (double) nanos, nowNanos);
    }

    @Override
    public int wantedInstances(int all, long nowNanos) {
        return all + scaling.wish(running.size(), all, nowNanos - model.waitingSinceNanos(nowNanos), nowNanos);
    }

    @Override
    public void wakeOthers(Clock clock) {
        device.callNext(clock);
    }

    @Override
    public void clear() {
        model.clear();
    }

    @Override
    public int size() {
        return model.size();
    }

    @Override
    public void close() {
        device.remove(model);
    }
}

package dev.nereid.cuda.nvml;

import dev.nereid.memory.NativeMemory;
import dev.nereid.models.device.Device;
import dev.nereid.models.device.DeviceException;
import dev.nereid.models.device.DeviceMetrics;
import dev.nereid.models.device.DeviceMonitor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The instruments of NVIDIA's cards. What a card refuses to say is left out, and nothing else of it. */
public final class Nvml implements DeviceMonitor {
    private static final String LIBRARY = "libnvidia-ml.so.1";

    private static final double MILLI = 1e-3;
    private static final double PERCENT = 1e-2;

    private record Card(int number, MemorySegment handle, String uuid) {}

    private final NvmlCalls calls;
    /** What functions write to: the longest is a text, or three numbers of 8 bytes. */
    private final NativeMemory memory = NativeMemory.allocate(NvmlCalls.MOST_UUID_BYTES);

    private final MemorySegment answer = memory.segment();
    private final List<Card> cards = new ArrayList<>();

    private Nvml(NvmlCalls calls) {
        this.calls = calls;
    }

    /**
     * The instruments of these cards.
     *
     * @return the caller closes it
     * @throws DeviceException if NVML is not there or does not know one of them
     */
    public static DeviceMonitor open(List<Device> devices) {
        return open(devices, LIBRARY);
    }

    static DeviceMonitor open(List<Device> devices, String library) {
        Nvml nvml = new Nvml(NvmlCalls.load(library));
        try {
            nvml.calls.check(nvml.calls.start(), "starting");
        } catch (DeviceException e) {
            nvml.memory.close();
            throw e;
        }
        try {
            devices.forEach(nvml::add);
            return nvml;
        } catch (RuntimeException e) {
            nvml.close();
            throw e;
        }
    }

    private void add(Device device) {
        answer.setString(0, device.address(), StandardCharsets.US_ASCII);
        MemorySegment place = answer.asSlice(NvmlCalls.MOST_UUID_BYTES - ValueLayout.ADDRESS.byteSize());
        calls.check(calls.find(answer, place), "finding GPU " + device.number() + " at " + device.address());
        MemorySegment handle = place.get(ValueLayout.ADDRESS, 0);
        calls.check(calls.uuid(handle, answer), "asking for the UUID of GPU " + device.number());
        cards.add(new Card(device.number(), handle, answer.getString(0, StandardCharsets.US_ASCII)));
    }

    @Override
    public List<DeviceMetrics> read() {
        return cards.stream().map(this::read).toList();
    }

    private DeviceMetrics read(Card card) {
        boolean memoryKnown = calls.memory(card.handle(), answer) == NvmlCalls.SUCCESS;
        Optional<Long> total = memoryKnown ? Optional.of(answer.get(ValueLayout.JAVA_LONG, 0)) : Optional.empty();
        Optional<Long> used = memoryKnown ? Optional.of(answer.get(ValueLayout.JAVA_LONG, 16)) : Optional.empty();
        return new DeviceMetrics(
                card.number(),
                card.uuid(),
                number(calls.utilization(card.handle(), answer), PERCENT),
                total,
                used,
                number(calls.power(card.handle(), answer), MILLI),
                number(calls.powerLimit(card.handle(), answer), MILLI),
                calls.energy(card.handle(), answer) == NvmlCalls.SUCCESS
                        ? Optional.of(answer.get(ValueLayout.JAVA_LONG, 0) * MILLI)
                        : Optional.empty());
    }

    /** The number of 4 bytes that a function wrote, in other units. */
    private Optional<Double> number(int result, double unit) {
        return result == NvmlCalls.SUCCESS
                ? Optional.of(Integer.toUnsignedLong(answer.get(ValueLayout.JAVA_INT, 0)) * unit)
                : Optional.empty();
    }

    @Override
    public void close() {
        cards.clear();
        calls.stop();
        memory.close();
    }
}

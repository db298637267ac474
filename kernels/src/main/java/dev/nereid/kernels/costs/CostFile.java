package dev.nereid.kernels.costs;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSlot;
import dev.nereid.kernels.convolution.ConvolutionCostModel;
import dev.nereid.kernels.convolution.ConvolutionCostModel.Cost;
import dev.nereid.kernels.cpu.CpuName;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Properties;

/**
 * The costs of a machine in a file, so that they are measured once, and every start chooses alike. One folder holds those of
 * several kinds of machines and kernels, each in a file of its own that says whose they are.
 *
 * @param path the file
 * @param machine the CPU and the kernels that the costs are of
 */
public record CostFile(Path path, String machine) {
    private static final String UNWRITABLE = "expected a folder in which files can be made, got ";
    private static final String MACHINE = "machine";
    private static final String SUMS = "convolution.sums.";
    private static final String WINOGRAD = "convolution.winograd.";
    private static final String MULTIPLY_ADD = "multiply-add-nanos";
    private static final String VALUE = "value-nanos";
    private static final String FILTER_BYTE = "filter-byte-nanos";

    /** The file of this machine's CPU and these kernels in a folder. */
    public static CostFile in(Path folder, KernelSelection selection) {
        String machine = CpuName.text() + ", " + selection.choices().get(KernelSlot.CONVOLUTION.name());
        return new CostFile(
                folder.resolve("costs-" + HexFormat.of().toHexDigits(machine.hashCode()) + ".properties"), machine);
    }

    /**
     * What the file says; empty where there is none, or it is another machine's.
     *
     * @throws IllegalArgumentException if it holds something else than costs, with the file's name
     * @throws UncheckedIOException if it cannot be read
     */
    public Optional<ConvolutionCostModel> read() {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        Properties lines = new Properties();
        try (Reader reader = Files.newBufferedReader(path)) {
            lines.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException("expected a file of costs that can be read, got " + e, e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + ": expected lines of names and values, got " + e.getMessage(), e);
        }
        if (!machine.equals(lines.getProperty(MACHINE))) {
            return Optional.empty();
        }
        return Optional.of(new ConvolutionCostModel(cost(lines, SUMS), cost(lines, WINOGRAD)));
    }

    /**
     * Tries whether {@link #write} can, for what is to be kept takes long to find out.
     *
     * @throws UncheckedIOException if it cannot
     */
    public void checkWritable() {
        try {
            Files.deleteIfExists(part());
        } catch (IOException e) {
            throw new UncheckedIOException(UNWRITABLE + e, e);
        }
    }

    /** A new file beside this one; makes the folder. */
    private Path part() throws IOException {
        Path folder = Files.createDirectories(path.toAbsolutePath().getParent());
        return Files.createTempFile(folder, "costs-", ".part");
    }

    /**
     * Keeps costs, in place of what there was; the folder is made. Who reads meanwhile sees the one or the other.
     *
     * @throws UncheckedIOException if they cannot be written
     */
    public void write(ConvolutionCostModel costs) {
        Properties lines = new Properties();
        lines.setProperty(MACHINE, machine);
        put(lines, SUMS, costs.sums());
        put(lines, WINOGRAD, costs.winograd());
        try {
            Path part = part();
            try {
                try (Writer writer = Files.newBufferedWriter(part)) {
                    lines.store(writer, "What kernels cost on this machine; without this file they are measured anew.");
                }
                Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(UNWRITABLE + e, e);
        }
    }

    private static void put(Properties lines, String prefix, Cost cost) {
        lines.setProperty(prefix + MULTIPLY_ADD, Double.toString(cost.multiplyAdd()));
        lines.setProperty(prefix + VALUE, Double.toString(cost.value()));
        lines.setProperty(prefix + FILTER_BYTE, Double.toString(cost.filterByte()));
    }

    private Cost cost(Properties lines, String prefix) {
        return new Cost(
                number(lines, prefix + MULTIPLY_ADD),
                number(lines, prefix + VALUE),
                number(lines, prefix + FILTER_BYTE));
    }

    private double number(Properties lines, String name) {
        String text = lines.getProperty(name, "nothing");
        double number;
        try {
            number = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            number = Double.NaN;
        }
        if (!(number >= 0) || Double.isInfinite(number)) {
            throw new IllegalArgumentException(
                    path + ", " + name + ": expected nanoseconds of at least 0, got " + text);
        }
        return number;
    }
}

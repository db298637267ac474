package dev.nereid.cuda.driver;

import dev.nereid.files.TemporaryFolder;
import dev.nereid.models.device.DeviceException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.Optional;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** NVIDIA's driver in this process, and what its answers mean. */
final class Driver {
    private static final String LIBRARY = "libcuda.so.1";

    private Driver() {}

    /**
     * Loads the driver and JCuda's half of the interface to it.
     *
     * @return why that is not possible; empty if it was
     */
    static Optional<String> load() {
        String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        if (!platform.equals("Linux amd64")) {
            return Optional.of("GPUs are used on Linux amd64, this is " + platform);
        }
        if (!isThere()) {
            return Optional.of("there is no NVIDIA driver, " + LIBRARY + " cannot be loaded");
        }
        try (TemporaryFolder folder = TemporaryFolder.create("cuda")) {
            return initialize(folder.path());
        } catch (IOException e) {
            return Optional.of("JCuda's library cannot be unpacked: " + e);
        }
    }

    @SuppressWarnings("restricted")
    private static boolean isThere() {
        try {
            SymbolLookup _ = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** JCuda unpacks its library under a fixed name into the temporary folder, which others can write to: not so here. */
    private static Optional<String> initialize(Path folder) {
        String before = System.getProperty("java.io.tmpdir");
        System.setProperty("java.io.tmpdir", folder.toString());
        try {
            int result = JCudaDriver.cuInit(0);
            return result == CUresult.CUDA_SUCCESS
                    ? Optional.empty()
                    : Optional.of("the NVIDIA driver does not start: " + name(result));
        } catch (LinkageError e) {
            return Optional.of("JCuda's library cannot be loaded: " + firstLine(e));
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /**
     * Checks an answer of the driver.
     *
     * @param what was asked, as the start of a sentence: {@code "GPU 0: copying 12 bytes"}
     */
    static void check(int result, String what) {
        if (result != CUresult.CUDA_SUCCESS) {
            throw new DeviceException(DeviceException.Code.FAILED, what + " failed with " + name(result));
        }
    }

    static String name(int result) {
        return CUresult.stringFor(result);
    }
}

package org.keepwell

import java.nio.file.Path
import kotlin.io.path.readText
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.io.TempDir
import quickStart

class QuickStartTest {
    @Test
    fun `the quick start grants and revokes`(@TempDir folder: Path) = runBlocking {
        val file = repository.resolve("fixtures/patients").toFile().listFiles { it.name.endsWith(".json.gz") }!!.single()
        // The clinic was admitted a moment ago: the ledger's proof comes a block later.
        waitForClinic(folder.resolve("other"))
        val ended = quickStart(folder, SoftwareDeviceKey(folder), ServerProcesses.servers(), file.toPath())
        assertEquals(GrantState.REVOKED, ended.state)
        assertEquals(ServerProcesses.provider, ended.provider)
    }

    @Test
    fun `the README shows the quick start that was run`() {
        val own = repository.resolve("bindings/kotlin/src/test/kotlin/org/keepwell/QuickStart.kt").readText()
        assertTrue(own.lines().size <= 31, "${own.lines().size} lines")
        assertTrue("```kotlin\n$own```" in repository.resolve("bindings/kotlin/README.md").readText())
    }
}

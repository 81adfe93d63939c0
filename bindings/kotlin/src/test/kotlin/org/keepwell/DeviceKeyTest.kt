package org.keepwell

import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import kotlin.time.measureTime
import kotlin.time.toJavaDuration
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.io.TempDir

/** A device key of which a test replaces what `unwrap` does. */
class TestDeviceKey(private val inner: SoftwareDeviceKey) : DeviceKey by inner {
    var level = DeviceKeyLevel.SOFTWARE
    var then: suspend (ByteArray) -> ByteArray = { it }
    val asked = AtomicInteger()

    override suspend fun level() = level

    override suspend fun unwrap(purpose: DeviceKeyPurpose, context: ByteArray, wrapped: ByteArray): ByteArray {
        asked.incrementAndGet()
        return then(inner.unwrap(purpose, context, wrapped))
    }
}

/** What an app's device key may do wrong: rows 26, 27, 28, 107 and 113 of the threats. */
class DeviceKeyTest {
    @TempDir lateinit var folder: Path
    private val deviceKey by lazy { TestDeviceKey(SoftwareDeviceKey(folder.resolve("device"))) }

    private fun config(deadline: kotlin.time.Duration? = null) =
        WalletConfig("${folder.resolve("home")}", deviceKey, deadline?.toJavaDuration(), acceptDemonstrationLedger = true)

    private suspend fun locked(config: WalletConfig = config()): Wallet =
        newWallet(folder, config = config).wallet.also { it.lock() }

    @Test
    fun `a device key that misbehaves is unavailable, costs no try and is asked once`() = runBlocking {
        val wrong: Map<String, suspend (ByteArray) -> ByteArray> = mapOf(
            "throws what nobody expects" to { error("the app's own fault: 305814") },
            "answers nothing" to { ByteArray(0) },
            "answers too little" to { it.copyOf(it.size - 1) },
            "answers wrong bytes" to { secret -> ByteArray(secret.size) { (secret[it] + 1).toByte() } },
            "says so itself" to { throw DeviceKeyException.Unavailable() },
        )
        val first = locked()
        for ((what, then) in wrong) isUnavailable(first, what, then)
        deviceKey.then = { it }
        first.release()

        // Time enough for what answers on a machine that is busy.
        val wallet = Wallet.open(config(deadline = 10.seconds))
        val freed = CountDownLatch(1)
        isUnavailable(wallet, "throws an error, which nobody passes on") { throw StackOverflowError() }
        isUnavailable(wallet, "does not answer") { awaitCancellation() }
        isUnavailable(wallet, "blocks its thread") { secret -> secret.also { freed.await() } }
        freed.countDown()
        isUnavailable(wallet, "calls the wallet that waits for it") { secret -> secret.also { wallet.imports() } }
        deviceKey.then = { it }
        assertEquals(9u, assertFailsWith<WalletException.WrongPin> { wallet.unlock(pin("305815")) }.left)
        wallet.unlock(pin()).close()
        wallet.release()
    }

    /** Unlocking fails while the device key does this, soon enough, and asks it once. */
    private suspend fun isUnavailable(wallet: Wallet, what: String, then: suspend (ByteArray) -> ByteArray) {
        deviceKey.then = then
        val asked = deviceKey.asked.get()
        val took = measureTime {
            val error = assertFailsWith<WalletException.DeviceKeyFailed>(what) { wallet.unlock(pin()) }
            assertEquals(DeviceKeyReason.DEVICE_KEY_UNAVAILABLE, error.reason, what)
            assertFalse("305814" in "$error ${error.message}", what)
        }
        assertTrue(took < 30.seconds, "$what: $took")
        assertEquals(asked + 1, deviceKey.asked.get(), "$what: no retry storm")
        assertFalse(wallet.isUnlocked(), what)
    }

    @Test
    fun `what the device says for itself is told`() = runBlocking {
        val wallet = locked()
        for ((thrown, reason) in listOf(
            DeviceKeyException.Lost() to DeviceKeyReason.DEVICE_KEY_LOST,
            DeviceKeyException.Refused() to DeviceKeyReason.DEVICE_KEY_REFUSED,
            DeviceKeyException.LockedOut() to DeviceKeyReason.DEVICE_KEY_LOCKED_OUT,
        )) {
            deviceKey.then = { throw thrown }
            assertEquals(reason, assertFailsWith<WalletException.DeviceKeyFailed> { wallet.unlock(pin()) }.reason)
        }
        wallet.release()
    }

    @Test
    fun `how well the device keeps its key is told and hinders nothing`() = runBlocking {
        for (level in DeviceKeyLevel.entries) {
            deviceKey.level = level
            val home = folder.resolve(level.name)
            val config = WalletConfig("$home", deviceKey)
            val wallet = newWallet(home, config = config).wallet
            assertEquals(level, wallet.status().deviceKey)
            wallet.release()
        }
    }

    @Test
    fun `a counter that went on without the wallet destroys the PIN but not the words`() = runBlocking {
        val words = RecoveryWords.generate()
        val wallet = Wallet.create(config(), words, pin()).wallet
        wallet.lock()
        deviceKey.setCounter(deviceKey.counter() + 1u)
        assertFailsWith<WalletException.PinSlotDestroyed> { wallet.unlock(pin()) }
        wallet.unlockWithWords(words, pin(OTHER_PIN)).close()
        wallet.release()
    }

    @Test
    fun `cancelling the coroutine cancels what the device key was asked`() = runBlocking {
        val wallet = locked(config(10.minutes))
        val (begun, cancelled) = List(2) { CompletableDeferred<Unit>() }
        deviceKey.then = {
            try {
                begun.complete(Unit)
                awaitCancellation()
            } finally {
                cancelled.complete(Unit)
            }
        }
        val unlocking = launch { wallet.unlock(pin()) }
        begun.await()
        unlocking.cancelAndJoin()
        deviceKey.then = { it }
        val took = measureTime { wallet.unlock(pin()).close() }
        assertTrue(took < 1.minutes, "$took")
        withTimeout(1.minutes) { cancelled.await() }
        wallet.release()
    }
}

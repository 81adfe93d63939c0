package org.keepwell.android

import android.app.Application
import android.content.pm.PackageManager
import androidx.test.core.app.ApplicationProvider
import java.io.File
import java.security.Security
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.DeviceKeyException
import org.keepwell.DeviceKeyPurpose.BIOMETRIC
import org.keepwell.DeviceKeyPurpose.PIN
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

/** What the adapter makes of a key store that lost something; the store is a fake, the rest the framework's own code. */
@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class, sdk = [35])
class KeystoreDeviceKeyTest {
    private val app = ApplicationProvider.getApplicationContext<Application>()
    private val keystore = FakeKeystore()
    private val key = KeystoreDeviceKey(app) { cipher, _ -> cipher }
    private lateinit var wrapped: ByteArray

    @Before
    fun aPhoneWithAKey(): Unit = runBlocking {
        Security.addProvider(keystore)
        wrapped = key.wrap(PIN, CONTEXT, SECRET)
        key.setCounter(7u)
    }

    @After
    fun takeItAway() = Security.removeProvider(keystore.name)

    @Test
    fun aKeyThatIsThereOpensWhatItWrappedForTheSameContext(): Unit = runBlocking {
        assertContentEquals(SECRET, key.unwrap(PIN, CONTEXT, wrapped))
        assertEquals(7uL, key.counter())
        lost { key.unwrap(PIN, "another".toByteArray(), wrapped) }
    }

    @Test
    fun aWipedKeyStoreIsALostKeyAndTheNextSecretIsWrappedByANewOne(): Unit = runBlocking {
        keystore.wipe()
        lost { key.unwrap(PIN, CONTEXT, wrapped) }
        lost { key.counter() }
        goesOn(counter = 0u)
        lost { key.unwrap(PIN, CONTEXT, wrapped) }
    }

    @Test
    fun aKeyThatThePhoneGaveUpIsLostAndReplaced(): Unit = runBlocking {
        keystore.giveUp(DEVICE)
        lost { key.unwrap(PIN, CONTEXT, wrapped) }
        goesOn(counter = 7u)
    }

    @Test
    fun aKeyStoreThatIsBusyIsAskedAgain(): Unit = runBlocking {
        for (alias in listOf(DEVICE, COUNTER)) keystore.disturb(alias, 4)
        assertContentEquals(SECRET, key.unwrap(PIN, CONTEXT, wrapped))
        assertEquals(7uL, key.counter())
    }

    @Test
    fun aKeyStoreThatDoesNotAnswerTakesNothingAway(): Unit = runBlocking {
        val byFinger = key.wrap(BIOMETRIC, CONTEXT, SECRET)
        for (alias in listOf(DEVICE, FINGER, COUNTER)) keystore.disturb(alias, 1_000)
        unavailable { key.unwrap(PIN, CONTEXT, wrapped) }
        unavailable { key.unwrap(BIOMETRIC, CONTEXT, byFinger) }
        unavailable { key.counter() }
        unavailable { key.setCounter(8u) }
        unavailable { key.wrap(PIN, CONTEXT, SECRET) }
        unavailable { key.wrap(BIOMETRIC, CONTEXT, SECRET) }
        for (alias in listOf(DEVICE, FINGER, COUNTER)) keystore.disturb(alias, 0)
        assertContentEquals(SECRET, key.unwrap(PIN, CONTEXT, wrapped))
        assertContentEquals(SECRET, key.unwrap(BIOMETRIC, CONTEXT, byFinger))
        assertEquals(7uL, key.counter())
    }

    @Test
    fun aKeyThatThePhoneSaysIsGoneIsLostAndReplaced(): Unit = runBlocking {
        keystore.spoil(DEVICE)
        lost { key.unwrap(PIN, CONTEXT, wrapped) }
        goesOn(counter = 7u)
    }

    @Test
    fun aCounterWithoutItsSealIsLostAndBeginsAnewWithTheNextSecret(): Unit = runBlocking {
        keystore.forget(COUNTER)
        lost { key.counter() }
        lost { key.setCounter(8u) }
        goesOn(counter = 0u)

        keystore.spoil(COUNTER)
        lost { key.counter() }
        goesOn(counter = 0u)

        key.setCounter(3u)
        File(app.noBackupFilesDir, "counter").writeBytes(ByteArray(3))
        lost { key.counter() }
        goesOn(counter = 0u)
    }

    @Test
    fun aCounterThatCanBeReadIsNeverSetBack(): Unit = runBlocking {
        key.wrap(PIN, CONTEXT, SECRET)
        assertEquals(7uL, key.counter())
        assertFailsWith<DeviceKeyException.Unavailable> { key.setCounter(6u) }
    }

    @Test
    fun anotherFingerEndsTheBiometricKeyAndNoOther(): Unit = runBlocking {
        val byFinger = key.wrap(BIOMETRIC, CONTEXT, SECRET)
        assertContentEquals(SECRET, key.unwrap(BIOMETRIC, CONTEXT, byFinger))
        lost { key.unwrap(PIN, CONTEXT, byFinger) }
        lost { key.unwrap(BIOMETRIC, CONTEXT, wrapped) }
        keystore.giveUp(FINGER)
        lost { key.unwrap(BIOMETRIC, CONTEXT, byFinger) }
        assertContentEquals(SECRET, key.unwrap(PIN, CONTEXT, wrapped))
        val again = key.wrap(BIOMETRIC, CONTEXT, SECRET)
        assertContentEquals(SECRET, key.unwrap(BIOMETRIC, CONTEXT, again))
        lost { key.unwrap(BIOMETRIC, CONTEXT, byFinger) }
    }

    @Test
    fun noVersionOfAndroidIsAskedToEndTheKeyOfThePinWithAnotherFinger(): Unit = runBlocking {
        key.wrap(BIOMETRIC, CONTEXT, SECRET)
        assertFalse(keystore.spec(DEVICE).isInvalidatedByBiometricEnrollment)
        assertTrue(keystore.spec(FINGER).isInvalidatedByBiometricEnrollment)
        for (alias in listOf(DEVICE, FINGER)) {
            assertTrue(keystore.spec(alias).isUserAuthenticationRequired)
            assertEquals(0, keystore.spec(alias).userAuthenticationValidityDurationSeconds, "each use is asked for")
        }
    }

    @Test
    fun aPhoneWithoutScreenLockMakesNoKeyAndSaysSo(): Unit = runBlocking {
        keystore.unlockScreen()
        lost { key.unwrap(PIN, CONTEXT, wrapped) }
        unavailable { key.wrap(PIN, CONTEXT, SECRET) }
        unavailable { key.wrap(BIOMETRIC, CONTEXT, SECRET) }
    }

    @Test
    fun aStrongBoxHoldsTheKeysAndWhereItCannotTheTrustedEnvironmentDoes(): Unit = runBlocking {
        assertFalse(keystore.spec(DEVICE).isStrongBoxBacked)
        shadowOf(app.packageManager).setSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE, true)
        val strong = KeystoreDeviceKey(app) { cipher, _ -> cipher }
        keystore.wipe()
        strong.wrap(PIN, CONTEXT, SECRET)
        assertTrue(keystore.spec(DEVICE).isStrongBoxBacked)
        keystore.wipe()
        keystore.fillStrongBox()
        val again = strong.wrap(PIN, CONTEXT, SECRET)
        assertFalse(keystore.spec(DEVICE).isStrongBoxBacked)
        assertContentEquals(SECRET, strong.unwrap(PIN, CONTEXT, again))
    }

    @Test
    fun removingTheBiometricKeyLeavesTheOtherAndTheCounter(): Unit = runBlocking {
        val byFinger = key.wrap(BIOMETRIC, CONTEXT, SECRET)
        key.delete(BIOMETRIC)
        key.delete(BIOMETRIC)
        lost { key.unwrap(BIOMETRIC, CONTEXT, byFinger) }
        assertContentEquals(SECRET, key.unwrap(PIN, CONTEXT, wrapped))
        assertEquals(7uL, key.counter())
    }

    private suspend fun goesOn(counter: ULong) {
        val again = key.wrap(PIN, CONTEXT, SECRET)
        assertContentEquals(SECRET, key.unwrap(PIN, CONTEXT, again))
        assertEquals(counter, key.counter())
        key.setCounter(counter + 1u)
        assertEquals(counter + 1u, key.counter())
    }

    private suspend fun unavailable(ask: suspend () -> Unit) {
        assertFailsWith<DeviceKeyException.Unavailable> { ask() }
    }

    private suspend fun lost(ask: suspend () -> Unit) {
        assertFailsWith<DeviceKeyException.Lost> { ask() }
    }

    private companion object {
        const val DEVICE = "org.keepwell.device"
        const val FINGER = "org.keepwell.biometric"
        const val COUNTER = "org.keepwell.counter"
        val CONTEXT = "context".toByteArray()
        val SECRET = ByteArray(32) { it.toByte() }
    }
}

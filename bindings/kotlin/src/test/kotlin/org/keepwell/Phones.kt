package org.keepwell

import java.nio.file.Path
import kotlin.io.path.createDirectories
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.delay

const val PIN = "305814"
const val OTHER_PIN = "719364"

/** A PIN as it was typed. */
fun pin(digits: String = PIN) = Pin(digits.toByteArray())

/** A phone: a folder, a device key, at most one open wallet with its last authentication. */
class Phone(private val folder: Path) {
    val home: Path = folder.resolve("home")
    val deviceKey = FingerDeviceKey(SoftwareDeviceKey(folder.resolve("device")), SoftwareDeviceKey(folder.resolve("finger")))
    var wallet: Wallet? = null
    var authentication: Authentication? = null

    fun config(deviceKey: DeviceKey = this.deviceKey) =
        WalletConfig("$home", deviceKey, acceptDemonstrationLedger = true)

    fun took(opened: OpenedWallet) {
        wallet = opened.wallet
        authentication = opened.authentication
    }

    init {
        folder.createDirectories()
    }
}

/** Keys in files; the finger is always there, until the phone comes to know another one. */
class FingerDeviceKey(private val pin: SoftwareDeviceKey, private val finger: SoftwareDeviceKey) : DeviceKey by pin {
    override suspend fun wrap(purpose: DeviceKeyPurpose, context: ByteArray, secret: ByteArray) =
        of(purpose).wrap(DeviceKeyPurpose.PIN, context, secret)

    override suspend fun unwrap(purpose: DeviceKeyPurpose, context: ByteArray, wrapped: ByteArray) =
        of(purpose).unwrap(DeviceKeyPurpose.PIN, context, wrapped)

    override suspend fun delete(purpose: DeviceKeyPurpose) = of(purpose).delete(DeviceKeyPurpose.PIN)

    suspend fun enrollFinger() = delete(DeviceKeyPurpose.BIOMETRIC)

    private fun of(purpose: DeviceKeyPurpose) = if (purpose == DeviceKeyPurpose.PIN) pin else finger
}

/** A new wallet in [folder]. */
suspend fun newWallet(
    folder: Path,
    deviceKey: DeviceKey = SoftwareDeviceKey(folder),
    config: WalletConfig = WalletConfig("$folder", deviceKey, acceptDemonstrationLedger = true),
): OpenedWallet = Wallet.create(config, RecoveryWords.generate(), pin())

/** Waits until the ledger proves the clinic. */
suspend fun waitForClinic(folder: Path) {
    val (wallet, authentication) = newWallet(folder)
    wallet.connect(authentication, ServerProcesses.servers())
    repeat(600) {
        try {
            wallet.provider(ProviderSelection.ById(ServerProcesses.provider))
            return wallet.release()
        } catch (_: WalletException) {
            delay(100.milliseconds)
        }
    }
    error("the ledger does not prove the clinic")
}

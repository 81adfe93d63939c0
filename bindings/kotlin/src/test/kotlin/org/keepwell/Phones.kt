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
    val deviceKey = SoftwareDeviceKey(folder.resolve("device"))
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

import java.nio.file.Path
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import org.keepwell.*

suspend fun quickStart(home: Path, deviceKey: DeviceKey, servers: Servers, file: Path): GrantView {
    val config = WalletConfig("$home", deviceKey, acceptDemonstrationLedger = true)
    // What is typed is overwritten, and what holds PIN, words or seed is closed, whatever happens.
    val (wallet, authentication) = "271828".toByteArray().use { Pin(it) }.use { pin ->
        RecoveryWords.generate().use { words -> Wallet.create(config, words, pin) } // show the words: they bring everything back
    }
    val granted = authentication.use {
        wallet.connect(it, servers)
        wallet.importRecords(ImportSource.File("$file"))
        wallet.allRecords(RecordQuery(category = RecordCategory.ALLERGIES)).collect { record ->
            println("${record.date ?: "undated"} ${record.display ?: record.resourceType}")
        }
        val scope = Scope(listOf(RecordCategory.ALLERGIES, RecordCategory.MEDICATIONS))
        val clinic = ProviderSelection.ByName("Bern Allergy Clinic")
        wallet.grant(it, GrantRequest(clinic, scope, 30.days))
    }
    println("Both screens show ${granted.matchCode}.")

    wallet.revoke(granted.grant)
    wallet.sync(wait = 60.seconds)
    return wallet.grantById(granted.grant).also { wallet.release() }
}

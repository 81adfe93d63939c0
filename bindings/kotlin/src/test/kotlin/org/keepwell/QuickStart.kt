import java.nio.file.Path
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import org.keepwell.*

suspend fun quickStart(home: Path, deviceKey: DeviceKey, servers: Servers, file: Path): GrantView {
    val pin = "271828".toByteArray()
    val words = RecoveryWords.generate() // show them once: they bring everything back
    val config = WalletConfig("$home", deviceKey, acceptDemonstrationLedger = true)
    val wallet = Wallet.create(config, words, pin).wallet

    wallet.importRecords(ImportSource.File("$file"))
    wallet.allRecords(RecordQuery(category = RecordCategory.ALLERGIES)).collect { record ->
        println("${record.date ?: "undated"} ${record.display ?: record.resourceType}")
    }

    val granted = wallet.withAuthentication(pin) { authentication ->
        wallet.connect(authentication, servers)
        val scope = Scope(listOf(RecordCategory.ALLERGIES, RecordCategory.MEDICATIONS))
        val clinic = ProviderSelection.ByName("Bern Allergy Clinic")
        wallet.grant(authentication, GrantRequest(clinic, scope, 30.days))
    }
    println("Both screens show ${granted.matchCode}.")

    wallet.revoke(granted.grant)
    wallet.sync(wait = 60.seconds)
    return wallet.grantById(granted.grant).also { wallet.release() }
}

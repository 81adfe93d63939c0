package org.keepwell.app

import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.test.core.app.ApplicationProvider
import java.io.File
import java.nio.file.Files
import kotlin.test.assertTrue
import kotlinx.coroutines.MainScope
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.WalletConfig
import org.keepwell.wallet.rust.RustWallet
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** An update over what an earlier version left on the phone: the stores of `fixtures/stores`, whose servers are gone. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = RustApplication::class, sdk = [35], qualifiers = "en-w360dp-h720dp-xhdpi")
class RustUpdateTest {
    @get:Rule
    val compose = createEmptyComposeRule()
    private val clicks = Clicks(compose)

    @Test
    fun aWalletOf010IsAsItWas() = isAsItWas("0.1.0")

    @Test
    fun aWalletOf020IsAsItWas() = isAsItWas("0.2.0")

    private fun isAsItWas(version: String): Unit = with(clicks) {
        val frozen = File("../../fixtures/stores", version)
        assertTrue(frozen.isDirectory, "$frozen")
        val home = Files.createTempDirectory("phone").toFile()
        frozen.copyRecursively(home)
        val wallet = RustWallet(WalletConfig(home.path, FrozenDeviceKey(home), acceptDemonstrationLedger = true), MainScope())
        ApplicationProvider.getApplicationContext<RustApplication>().wallet = wallet
        Robolectric.buildActivity(MainActivity::class.java).setup()
        enterPin("000000", "Unlock")
        sees("Wrong PIN")
        enterPin(PIN, "Unlock")
        sees("Your records")
        sees("Allergies")
        for (allergy in listOf("a1", "a2")) sees(allergy)
        press("Access")
        scrollToPart("Bern Allergy Clinic")
        press("End access")
        pressInDialog("End access")
        scrollToPart("open")
        until("one end that nobody was told of") { wallet.consent.unsent.value == 1 }
    }

    private companion object {
        const val PIN = "739174"
    }
}

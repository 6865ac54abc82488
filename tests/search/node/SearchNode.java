import java.nio.file.Path;
import org.codelibs.opensearch.runner.OpenSearchRunner;
import org.opensearch.action.admin.cluster.node.info.NodeInfo;
import org.opensearch.http.HttpInfo;

/**
 * One OpenSearch node below the folder that is named, on this machine only. It says its port in one line, and ends when
 * its standard input does, so that it cannot outlive whoever started it.
 */
public final class SearchNode {
    private SearchNode() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            settings.put("network.host", "127.0.0.1");
            settings.put("http.port", "0");
            settings.put("transport.port", "0");
            settings.put("discovery.type", "single-node");
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
            settings.put("action.destructive_requires_name", false);
            settings.put("indices.query.bool.max_clause_count", 1024);
        });
        runner.build(OpenSearchRunner.newConfigs().basePath(folder.toString()).numOfNode(1).clusterName("tdp-sync-test").disableESLogger());
        NodeInfo node = runner.admin().cluster().prepareNodesInfo().get().getNodes().get(0);
        System.out.println("port " + node.getInfo(HttpInfo.class).address().publishAddress().getPort());
        while (System.in.read() >= 0) {}
        // Whatever it holds is thrown away with its folder: no time is spent on closing.
        Runtime.getRuntime().halt(0);
    }
}
